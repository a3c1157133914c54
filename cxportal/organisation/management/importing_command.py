"""What all commands have in common that import a table: options, list of refused rows, counts, exit code."""

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from cxportal.organisation.importing import FileRefused, Outcome, Table

DELIMITER_NAMES = {"semicolon": ";", "comma": ",", "tab": "\t", "bar": "|"}


def pair(text: str) -> tuple[str, str]:
    column, equals, heading = text.partition("=")
    if not equals or not heading:
        raise ArgumentTypeError(f"{text!r} is not of the form COLUMN=HEADING")
    return column.strip(), heading.strip()


def delimiter(text: str) -> str:
    if text not in DELIMITER_NAMES and len(text) > 1:
        raise ArgumentTypeError(f"a delimiter is one sign or one of {', '.join(DELIMITER_NAMES)}")
    return DELIMITER_NAMES.get(text, text)


class ImportingCommand(BaseCommand):
    columns: tuple[str, ...]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV file with a heading in its first row")
        parser.add_argument("--check", action="store_true", help="say what would happen and change nothing")
        parser.add_argument(
            "--skip-refused", action="store_true", help="import the other rows although some are refused"
        )
        parser.add_argument(
            "--column",
            type=pair,
            nargs="+",
            action="extend",
            default=[],
            metavar="COLUMN=HEADING",
            help=f"which heading of the file is which column ({', '.join(self.columns)})",
        )
        parser.add_argument(
            "--encoding", default="", help="such as utf-8 or cp1252; found out when not given"
        )
        parser.add_argument(
            "--delimiter",
            type=delimiter,
            default="",
            help=f"one sign or {', '.join(DELIMITER_NAMES)}; found out when not given",
        )

    def handle(self, *, file: Path, column: list[tuple[str, str]], check: bool, **options) -> None:
        columns = dict(column)
        for name in columns:
            if name not in self.columns and not name.startswith("name_"):
                raise CommandError(f"There is no column {name}; there are {', '.join(self.columns)}.")
        try:
            table, outcome = self.import_table(file, columns=columns, check=check, **options)
        except FileRefused as error:
            raise CommandError(str(error)) from error
        self._report(table, outcome, check=check)

    def import_table(self, file: Path, **options) -> tuple[Table, Outcome]:
        raise NotImplementedError

    def _report(self, table: Table, outcome: Outcome, *, check: bool) -> None:
        names = {sign: name for name, sign in DELIMITER_NAMES.items()}
        read_as = ", ".join(f"{name} = “{table.headings[place]}”" for name, place in table.columns.items())
        self.stdout.write(
            f"{table.file}: {table.encoding}, delimiter {names.get(table.delimiter, table.delimiter)}; {read_as}"
        )
        for refusal in outcome.refused:
            self.stderr.write(f"{table.file}, line {refusal.line}, {refusal.code or '-'}: {refusal.reason}")
        counts = (
            f"{outcome.new} new, {outcome.changed} changed, {outcome.unchanged} unchanged,"
            f" {len(outcome.refused)} refused"
        )
        if outcome.is_written:
            self.stdout.write(f"{counts}.")
        elif outcome.refused:
            raise CommandError(
                f"{table.file}: {counts}; nothing was imported. Correct the refused rows,"
                " or import the others with --skip-refused."
            )
        elif check:
            self.stdout.write(f"{counts}; nothing was changed, this was a check.")
