"""Pages of the public and own pages of the staff."""
