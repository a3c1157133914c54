"""A database of its own for a benchmark, made from the models and dropped at the end.

Going through every migration costs more than a small benchmark itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import setup_databases, teardown_databases


@contextmanager
def own_database() -> Iterator[None]:
    connection.settings_dict["TEST"]["MIGRATE"] = False
    databases = setup_databases(verbosity=0, interactive=False, serialized_aliases=set())
    try:
        yield
    finally:
        teardown_databases(databases, verbosity=0)
