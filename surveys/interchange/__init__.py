"""Surveys from and for other systems: one reader or writer per kind of file, one table of them in `formats`."""
