"""Texts as the search sees them: small letters, without accents, one space between words."""

import unicodedata


def folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return " ".join(unicodedata.normalize("NFC", kept).split())
