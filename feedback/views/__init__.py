"""Pages of feedback: `tell` for the public."""
