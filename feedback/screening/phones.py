"""Phone numbers of people, in the way their country writes them, with or without the country."""

import re
from functools import lru_cache
from typing import Any

import phonenumbers
from phonenumbers import PhoneMetadata

REGIONS = ("FI", "SE", "NO", "DK", "EE", "LV", "LT", "PL", "NL", "BE", "FR", "IT", "CZ", "DE", "ES")
"""Whose national way of writing is known. With a plus or 00 in front every country's is."""

OF_PEOPLE = ("mobile", "fixed_line", "voip", "personal_number")


@lru_cache
def national_numbers() -> list[tuple[str, re.Pattern[str]]]:
    """(prefix inside the country, pattern of what follows) of each region."""
    found = []
    for region in REGIONS:
        metadata: Any = PhoneMetadata.metadata_for_region(region)
        patterns = [getattr(metadata, kind) for kind in OF_PEOPLE]
        whole = "|".join(
            pattern.national_number_pattern
            for pattern in patterns
            if pattern and pattern.national_number_pattern
        )
        # Lithuania has had two prefixes, its library entry names both ways
        prefixes = "[08]" if region == "LT" else metadata.national_prefix or ""
        found.append((prefixes, re.compile(rf"(?:{prefixes})(?:{whole})" if prefixes else rf"(?:{whole})")))
        if region == "LT":
            found.append(("", re.compile(whole)))
    return found


def is_international(digits: str) -> bool:
    """Of what follows a plus or 00."""
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_possible_number(number)


def is_national(digits: str) -> bool:
    return any(pattern.fullmatch(digits) for _prefix, pattern in national_numbers())
