"""Contacts of a day as a file, for a system that cannot send them itself."""

from pathlib import Path

from django.core.management import BaseCommand, CommandError

from cxportal.organisation.audit import note_import
from cxportal.organisation.importing import FileRefused, Refusal, open_table
from panels import triggers
from panels.models import Trigger

COLUMNS = ("email", "phone", "language", "at", "unit", "reference")


class Command(BaseCommand):
    help = (
        "Take contacts of a trigger from a CSV or Excel file with the headings email, phone, language, at, unit"
        " and reference. With references, bringing the same file in again changes nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("trigger", help="code of the trigger")
        parser.add_argument("file", type=Path)
        parser.add_argument("--encoding", default="")
        parser.add_argument("--delimiter", default="")

    def handle(self, *args, trigger, file, encoding, delimiter, **options):
        found = Trigger.objects.select_related("collector__wave").filter(code=trigger).first()
        if found is None:
            raise CommandError(f"There is no trigger {trigger}.")
        refused: list[Refusal] = []
        try:
            table = open_table(
                file,
                known_headings={name: name for name in COLUMNS},
                chosen={},
                required=(),
                encoding=encoding,
                delimiter=delimiter,
            )
            rows = list(table.rows(refused))
        except FileRefused as error:
            raise CommandError(str(error)) from error
        taken = triggers.take_contacts(trigger=found, contacts=[row.cells for row in rows])
        note_import(found, new=taken.taken, unchanged=taken.known, refused=len(taken.refused) + len(refused))
        for number, why in taken.refused:
            self.stderr.write(f"{file.name}:{rows[number - 1].line}: {why}")
        for refusal in refused:
            self.stderr.write(f"{file.name}:{refusal.line}: {refusal.reason}")
        self.stdout.write(
            f"{taken.taken} taken, {taken.known} known, {len(taken.refused) + len(refused)} refused."
        )
        if taken.refused or refused:
            raise CommandError("Not every contact was taken.")
