"""Surveys from and for other systems."""
