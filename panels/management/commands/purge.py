from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from panels.purge import purge, would_purge


class Command(BaseCommand):
    help = (
        "Forget people in time: contact lists after their mailing, people who left, people kept long enough, what"
        " was sent to them, imported files. Runs by itself every night. See docs/retention.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="say how many rows would go; change nothing"
        )

    def handle(self, *, dry_run: bool, **options) -> None:
        for name, count in (would_purge() if dry_run else purge()).items():
            self.stdout.write(f"{name}: {count}")
        if dry_run:
            self.stdout.write("Nothing was changed.")
