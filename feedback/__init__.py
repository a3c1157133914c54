"""Every voice: intake, screening, triage, replies, publication, observations."""
