import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cxportal.dispatch import restored

SINK = Path(__file__).with_name("smtp_sink.py")


@pytest.fixture(autouse=True)
def keys_folder(tmp_path, settings, monkeypatch):
    """Keys of one test are gone with it, and so is the memory of when their mark was written."""
    settings.KEYS_FOLDER = tmp_path / "keys"
    monkeypatch.setattr(restored, "_next_marks", {})
    return settings.KEYS_FOLDER


class MailSink:
    """The scripted mail server in a process of its own, with the mails it took."""

    def __init__(self, folder):
        self.folder = folder
        self.process = None

    def start(self, **plan):
        ready = self.folder / "port"
        command = ["--ready", ready, "--log", self.folder / "taken", "--plan", json.dumps(plan)]
        command += ["--keep", self.folder / "mails"]
        self.process = subprocess.Popen([sys.executable, SINK, *command])
        while not (ready.exists() and ready.read_text()):
            time.sleep(0.02)
        return f"smtp://127.0.0.1:{ready.read_text()}"

    def mails(self):
        """Recipient and bytes of each."""
        files = sorted((self.folder / "mails").iterdir())
        parts = (file.read_bytes().split(b"\n", 1) for file in files)
        return [(recipient.decode(), mail) for recipient, mail in parts]

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def mail_sink(tmp_path):
    sink = MailSink(tmp_path)
    yield sink
    sink.close()
