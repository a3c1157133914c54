"""Panels, members, consent, sampling, mailings, preferences, purge."""
