"""Short dates without marks of direction: with them a date falls apart beside words that are written left to right."""

SHORT_DATE_FORMAT = "d/m/Y"
SHORT_DATETIME_FORMAT = "d/m/Y H:i"
