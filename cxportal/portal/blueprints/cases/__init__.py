"""One file per case; its words stand in `texts/`."""
