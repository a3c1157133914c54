import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from cxportal.keys.models import StoredKey
from cxportal.keys.router import KeysRouter
from cxportal.organisation.models import Unit

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize(
    ("database", "app", "allowed"),
    [
        ("keys", "keys", True),
        ("default", "keys", False),
        ("keys", "organisation", False),
        ("default", "organisation", None),
    ],
)
def test_each_database_has_its_own_tables(database, app, allowed):
    assert KeysRouter().allow_migrate(database, app) is allowed


def test_keys_are_read_from_their_database_and_nothing_else_is():
    assert (KeysRouter().db_for_read(StoredKey), KeysRouter().db_for_write(Unit)) == ("keys", None)


def test_the_main_database_has_no_table_of_keys(db):
    assert [name for name in connection.introspection.table_names() if name.startswith("keys_")] == []


def test_the_second_database_is_migrated_with_the_tables_of_keys_alone(tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CX_")} | {
        "CX_VAR": str(tmp_path),
        "CX_KEYS_URL": f"sqlite:///{tmp_path}/keys.sqlite3",
    }
    program = (
        "import django; django.setup();"
        "from django.core.management import call_command;"
        "from django.db import connections;"
        "from cxportal.keys import store;"
        "call_command('migrate', database='keys', verbosity=0);"
        "store.create('panel:a');"
        "print(store.names(), sorted(connections['keys'].introspection.table_names()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment | {"DJANGO_SETTINGS_MODULE": "cxportal.settings"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.stdout, done.stderr[-2000:]) == (
        "['panel:a'] ['django_migrations', 'keys_storedkey', 'keys_storedmark']\n",
        "",
    )
