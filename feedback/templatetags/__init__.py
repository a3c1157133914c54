"""Tags of the pages of feedback."""
