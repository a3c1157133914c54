"""Pages of actions: the board and its moves for the staff, and what the public is told."""
