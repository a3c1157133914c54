"""Front page, base templates, style sheets, staff home, commands to start: sees every other room."""
