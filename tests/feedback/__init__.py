"""Feedback: ways in, screening, triage, what is kept."""
