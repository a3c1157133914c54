"""Units, figures, languages, audit."""
