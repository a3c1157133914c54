"""Tags of the staff pages about messages."""
