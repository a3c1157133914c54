"""Units, services, topics, unit figures, staff roles, languages: what everything else stands on."""
