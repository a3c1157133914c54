"""A portal that has lived for two years, filled step by step through the product's own functions."""
