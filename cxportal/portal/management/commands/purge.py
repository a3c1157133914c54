from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from feedback import purge as feedback
from panels import purge as panels


class Command(BaseCommand):
    help = (
        "Forget people in time: contact lists after their mailing, people who left, people kept long enough, what"
        " was sent to them, imported files; feedback kept long enough, and before it how to reach whoever wrote."
        " Runs by itself every night. See docs/retention.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="say how many rows would go; change nothing"
        )

    def handle(self, *, dry_run: bool, **options) -> None:
        voices = feedback.would_purge() if dry_run else feedback.purge_due()
        people = panels.would_purge() if dry_run else panels.purge()
        for name, count in [
            *people.items(),
            *((f"feedback: {name}", count) for name, count in voices.items()),
        ]:
            self.stdout.write(f"{name}: {count}")
        if dry_run:
            self.stdout.write("Nothing was changed.")
