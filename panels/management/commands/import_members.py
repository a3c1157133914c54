from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path

from django.core.management.base import CommandError

from cxportal.languages import LANGUAGES
from cxportal.organisation.audit import note_import
from cxportal.organisation.importing import Outcome, Table
from cxportal.organisation.management.importing_command import ImportingCommand
from panels.member_import import ATTRIBUTE, import_members
from panels.models import Panel


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no day; write 2026-03-31") from error


class Command(ImportingCommand):
    help = (
        "Import people into a panel from a CSV or Excel file with the headings email, phone, name, organisation,"
        " language, unit, channel, joined_on, consent_on and the panel's attributes. People who are in the register"
        " already join the panel; running it again changes nothing."
    )
    columns = (
        *("email", "phone", "name", "first_name", "last_name", "organisation", "language", "unit", "channel"),
        *("joined_on", "consent_on"),
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("panel", help="code of the panel")
        super().add_arguments(parser)
        parser.add_argument(
            "--language",
            default="",
            choices=["", *LANGUAGES],
            metavar="LANGUAGE",
            help="language of people whose row names none; the first offered one when not given",
        )
        parser.add_argument(
            "--consent-on",
            type=day,
            default=None,
            metavar="DAY",
            help="day on which people agreed whose row names none",
        )

    def handle(self, *, panel: str, **options) -> None:
        self.panel = Panel.objects.filter(code=panel).first()
        if self.panel is None:
            codes = ", ".join(Panel.objects.values_list("code", flat=True)) or "none yet"
            raise CommandError(f"There is no panel {panel}. There are: {codes}.")
        attributes = self.panel.attributes.values_list("code", flat=True)
        self.columns = (*self.columns, *(ATTRIBUTE + code for code in attributes))
        super().handle(**options)

    def import_table(self, file: Path, **options) -> tuple[Table, Outcome]:
        names = ["columns", "encoding", "delimiter", "language", "consent_on", "skip_refused", "check"]
        table, outcome = import_members(
            self.panel, file, progress=self.show, **{name: options[name] for name in names}
        )
        if outcome.is_written:
            note_import(
                self.panel,
                new=outcome.new,
                changed=outcome.changed,
                unchanged=outcome.unchanged,
                refused=len(outcome.refused),
            )
        return table, outcome

    def show(self, done: int, rows: int) -> None:
        if rows > 10_000 and (done % 20_000 == 0 or done == rows):
            self.stdout.write(f"{done:,} of {rows:,}")
