"""Pages of the surveys: for respondents and for staff."""
