from argparse import ArgumentParser
from pathlib import Path

from cxportal.languages import LANGUAGES, SOURCE
from cxportal.organisation.importing import Outcome, Table
from cxportal.organisation.management.importing_command import ImportingCommand
from cxportal.organisation.unit_import import import_units


class Command(ImportingCommand):
    help = (
        "Import the agency's tree from a CSV file with the headings code, name (or name_fi, name_sv, ...), parent,"
        " kind, active. Running it again changes only what is different; units that are not in the file stay."
    )
    columns = ("code", "name", "parent", "kind", "active")

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--name-language",
            default=SOURCE,
            choices=list(LANGUAGES),
            metavar="LANGUAGE",
            help=f"language of the column name; {SOURCE} when not given",
        )

    def import_table(self, file: Path, **options) -> tuple[Table, Outcome]:
        names = ["columns", "encoding", "delimiter", "name_language", "skip_refused", "check"]
        return import_units(file, **{name: options[name] for name in names})
