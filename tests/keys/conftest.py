"""Each test on both stores: a folder, and a second database made for the test alone."""

import pytest
from django.db import connections

from cxportal.keys import store
from cxportal.keys.models import StoredKey, StoredMark


@pytest.fixture
def key_folder(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"
    store._cache.clear()
    return settings.KEYS_FOLDER


@pytest.fixture
def key_database(tmp_path, django_db_blocker):
    if "keys" in connections.databases:
        pytest.skip("this run has a database of keys of its own")
    with django_db_blocker.unblock():
        connections.databases["keys"] = connections.databases["default"] | {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": tmp_path / "keys.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL",
            },
        }
        store._cache.clear()
        with connections["keys"].schema_editor() as editor:
            editor.create_model(StoredKey)
            editor.create_model(StoredMark)
        yield tmp_path / "keys.sqlite3"
        connections["keys"].close()
        del connections["keys"], connections.databases["keys"]
        store._cache.clear()


@pytest.fixture(params=["key_folder", "key_database"])
def keys(request):
    """A place for keys, once as folder and once as database: the path of what lies on the disk."""
    return request.getfixturevalue(request.param)
