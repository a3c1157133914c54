"""Pure functions on numbers and arrays: no Django, no rows, no translations. Every formula names its source."""
