"""Web, worker and scheduler in one process, for trying it, one office, or development."""

import errno
import fcntl
import os
import socket
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from cxportal.portal.embedded_server import EmbeddedServer
from cxportal.portal.prepare import prepare


class Command(BaseCommand):
    help = "Prepare database and files, then run web server, worker and scheduler in one process."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        parser.add_argument("--port", default=os.environ.get("PORT", "8000"))
        parser.add_argument(
            "--demo",
            action="store_true",
            help="make the demo log-ins and fill the demo (never in production)",
        )
        parser.add_argument(
            "--demo-size", type=float, default=1.0, help="1 fills the whole demo, 0 makes the log-ins only"
        )

    def handle(self, *, host, port, demo, demo_size, **options):
        port = self.checked_port(port)
        self.refuse_second_server()
        self.refuse_taken_port(host, port)
        try:
            prepare(self.say)
            self.say(self.banner())
            if demo and not settings.PRODUCTION:
                call_command("create_demo_staff", stdout=self.stdout)
        except (OSError, OperationalError) as error:
            raise CommandError(self.sentence_about(error)) from error
        server = EmbeddedServer(host=host, port=port)
        if demo and demo_size and not settings.PRODUCTION:
            settings.DEMO = True  # the web process, which is forked from this one, shows how far it has come
            server.cfg.set("when_ready", lambda arbiter: self.fill_demo(demo_size))
        sys.argv = sys.argv[:1]  # gunicorn would read our options as its own
        server.run()

    def fill_demo(self, size: float) -> None:
        """In a process of its own, so that the first page need not wait for it."""
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "fill_demo", "--beside-a-server"]
        subprocess.Popen([*command, "--size", str(size)])  # noqa: S603  our own command

    def say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()

    def checked_port(self, port: str) -> int:
        if not port.isdecimal() or not 1 <= int(port) <= 65535:
            raise CommandError(f"PORT must be a number from 1 to 65535, not {port!r}.")
        return int(port)

    def refuse_second_server(self) -> None:
        """SQLite has one writer: one server for one folder. The lock goes with the process, however it ends."""
        self.lock = (Path(settings.VAR) / "serve.lock").open("w")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"A portal already runs on {settings.VAR}; stop it first, or set CX_VAR to another folder."
            ) from None

    def refuse_taken_port(self, host: str, port: int) -> None:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    sentence = f"Port {port} is taken; choose another: PORT={port + 1} make run"
                elif error.errno == errno.EACCES:
                    sentence = (
                        f"Port {port} may only be used by root; choose one above 1023: PORT=8000 make run"
                    )
                else:
                    sentence = f"Nothing can listen on {host}:{port}: {error.strerror}."
                raise CommandError(sentence) from None

    def sentence_about(self, error: Exception) -> str:
        if getattr(error, "errno", None) == errno.ENOSPC or "disk is full" in str(error):
            return f"The disk that holds {settings.VAR} is full; free about 1 GB and run it again."
        if getattr(error, "errno", None) in {errno.EACCES, errno.EROFS} or "readonly" in str(error):
            return f"{settings.VAR} cannot be written by this user."
        return f"The database does not answer or cannot be used: {error}".strip()

    def banner(self) -> str:
        base = settings.BASE_URL
        return f"\n  The portal     {base}/\n  For staff      {base}/admin/\n  Stop it with Ctrl-C.\n"
