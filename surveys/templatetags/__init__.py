"""Tags of the pages of a survey."""
