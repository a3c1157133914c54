"""The key store."""
