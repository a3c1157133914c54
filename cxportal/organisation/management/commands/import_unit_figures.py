from argparse import ArgumentParser
from pathlib import Path

from cxportal.organisation.figure_import import import_unit_figures
from cxportal.organisation.importing import Outcome, Table
from cxportal.organisation.management.importing_command import ImportingCommand

DECIMALS = {"comma": ",", "point": "."}


class Command(ImportingCommand):
    help = (
        "Import operational figures from a CSV file with the headings unit, figure, value, source, and either period"
        " (2026-03, 2026-Q1, 2026) or first day and last day. Running it again changes only what is different."
    )
    columns = ("unit", "figure", "period", "first_day", "last_day", "value", "source")

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--decimal",
            choices=list(DECIMALS),
            default="",
            help="what stands before decimals; needed only for values such as 1.234, which can be read in two ways",
        )

    def import_table(self, file: Path, **options) -> tuple[Table, Outcome]:
        names = ["columns", "encoding", "delimiter", "skip_refused", "check"]
        decimal = DECIMALS.get(options["decimal"], "")
        return import_unit_figures(file, decimal=decimal, **{name: options[name] for name in names})
