"""`manage.py keys list|check|backup FILE|restore FILE`: the keys of waves and panels, by name, never their content."""

from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cxportal.keys import backup, expected, store
from cxportal.keys.folder import KeyFolderUnsafe


class Command(BaseCommand):
    help = "The keys of waves and panels: what there is, what is missing, backup and restore."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="names with the day each was made or destroyed")
        verbs.add_parser("check", help="tells what is missing or should be gone; exit code 1 if anything is")
        write = verbs.add_parser(
            "backup", help="write all keys into one new file, readable by its owner alone"
        )
        write.add_argument("file", type=Path)
        read = verbs.add_parser("restore", help="add the keys of a backup that are missing here")
        read.add_argument("file", type=Path)
        read.add_argument(
            "--although-old",
            action="store_true",
            help="take a backup that should have been deleted; destroyed keys may come back with it",
        )

    def handle(self, *, verb: str, **options) -> None:
        try:
            getattr(self, f"_{verb}")(**options)
        except (backup.BackupRefused, KeyFolderUnsafe, store.KeyMissing) as error:
            raise CommandError(str(error)) from error

    def _list(self, **options) -> None:
        for name in store.names():
            self.stdout.write(f"{name}  made on {store.made_on(name)}")
        for name, day in store.current().tombstones().items():
            self.stdout.write(
                f"{name}  destroyed on {day}, out of every backup on {store.provably_gone_on(name)}"
            )

    def _check(self, **options) -> None:
        here = set(store.names())
        missing = sorted(expected.needed_names() - here)
        returned = sorted(here & set(expected.destroyed_days()))
        for name in missing:
            self.stderr.write(f"{name} is missing: restore it, or what needs it stays paused.")
        for name in returned:
            self.stderr.write(f"{name} was destroyed and is here again: an old backup brought it back.")
        if missing or returned:
            raise CommandError(f"{len(missing)} missing, {len(returned)} that should be gone.")
        self.stdout.write(f"{len(here)} keys in {store.current().place}, none missing.")

    def _backup(self, file: Path, **options) -> None:
        count = backup.write_backup(file)
        self.stdout.write(f"{count} keys written to {file}, readable by its owner alone.")
        self.stdout.write(
            f"Keep it apart from the database and delete it by {backup.delete_by()}: a destroyed key counts as gone"
            f" {settings.KEYS_BACKUP_DAYS} days later, when its last backup is."
        )

    def _restore(self, file: Path, although_old: bool, **options) -> None:
        restored = backup.restore(file, although_old=although_old)
        for name in restored.added:
            self.stdout.write(f"{name}  restored")
        for name in restored.destroyed:
            self.stdout.write(f"{name}  stays destroyed")
        self.stdout.write(
            f"{len(restored.added)} restored, {len(restored.kept)} were here, {len(restored.destroyed)} stay destroyed."
        )
