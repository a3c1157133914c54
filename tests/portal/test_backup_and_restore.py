"""What docs/for-administrators.md promises: database and keys of one night are enough, and nothing is sent twice."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BEGIN = """
import sqlite3, sys, django
django.setup()
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from cxportal.dispatch.queueing import queue
from cxportal.dispatch.sending import send_due
from cxportal.dispatch.models import Message, OutboxMail
from cxportal.organisation.models import User
"""
FIRST_MACHINE = """
call_command("migrate", verbosity=0)
User.objects.create(username="chiara")
def write(number):
    queue(cause=f"test:{number}", purpose="reply", channel="email", address=f"p{number}@mail.example",
        template="feedback.reply", language="en", data={"text": "x", "text_language": "en",
        "text_direction": "ltr", "link": "http://localhost/"})
write(1)
assert send_due() == 1
write(2)
copy = sqlite3.connect(sys.argv[1] + "/cxportal.sqlite3")
connection.connection.backup(copy)
copy.close()
call_command("keys", "backup", sys.argv[1] + "/keys.backup")
assert send_due() == 1  # after the backup, before the machine burns
"""
SECOND_MACHINE = """
from cxportal.dispatch import restored
call_command("keys", "restore", sys.argv[1])
call_command("keys", "check")
assert (send_due(), restored.is_on_hold(), Message.objects.filter(state="queued").count()) == (0, True, 1)
restored.release_all(by=User.objects.get())
assert (send_due(), OutboxMail.objects.count()) == (1, 2)
"""


def python(code: str, var: Path, *arguments: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CX_")}
    environment |= {"CX_VAR": str(var), "DJANGO_SETTINGS_MODULE": "cxportal.settings"}
    command = [sys.executable, "-c", BEGIN + code, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.begun_first
def test_a_system_restored_from_the_backups_of_one_night_holds_its_messages_until_told(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    python(FIRST_MACHINE, first, second)
    assert (second / "keys.backup").stat().st_mode & 0o777 == 0o600
    python(SECOND_MACHINE, second, second / "keys.backup")
