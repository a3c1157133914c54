"""Finding rows by words of their `folded` text: by full text on PostgreSQL, where an index serves it, else by containment."""

import re
from typing import Any, TypeVar

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import connections
from django.db.models import F, Func, QuerySet, TextField, Value

from feedback.folding import folded

Rows = TypeVar("Rows", bound=QuerySet[Any, Any])
VECTOR = SearchVector(
    Func(F("folded"), Value("/.:_-@"), Value(" " * 6), function="TRANSLATE", output_field=TextField()),
    config="simple",
)
"""No stemming: one column holds every language. What looks like a path or an address is taken apart.
The indexes of migration 0003 are over this very expression.
"""
WITHOUT_SPACES = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)
"""Thai, Lao, Burmese, Khmer, Chinese and Japanese: where a word begins cannot be told by its letters."""


def with_words(rows: Rows, words: str) -> Rows:
    """Rows in which all of these words are found; on PostgreSQL words that begin with them."""
    found = folded(words).split()
    if connections[rows.db].vendor != "postgresql":
        return _containing(rows, found)
    by_index = [word for word in found if word.isalnum() and not WITHOUT_SPACES.search(word)]
    if by_index:
        query = SearchQuery(" & ".join(f"{word}:*" for word in by_index), search_type="raw", config="simple")
        rows = rows.alias(words=VECTOR).filter(words=query)
    return _containing(rows, [word for word in found if word not in by_index])


def _containing(rows: Rows, words: list[str]) -> Rows:
    for word in words:
        rows = rows.filter(folded__contains=word)
    return rows
