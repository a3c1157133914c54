from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import CommandError

from cxportal.organisation.importing import Table
from cxportal.organisation.management.importing_command import DELIMITER_NAMES, ImportingCommand
from surveys.models import Wave
from surveys.questionnaire import Questionnaire
from surveys.response_import import BESIDE, Outcome, Refused, import_responses, known_headings


class Command(ImportingCommand):
    help = (
        "Put answers collected elsewhere into the ballot box of an open wave. The headings of the CSV file are codes:"
        " question, question.thing of a grid, question.choice of a ranking, question.reasons, question.other; and"
        " collector, unit, channel, language. Cells hold codes, several with | between, numbers, or texts."
        " Everything is checked first; then all is taken or nothing."
    )
    columns = BESIDE

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("wave", help="code of the wave")
        super().add_arguments(parser)
        parser.add_argument(
            "--collector", default="", help="the way in of every row: its address or its name"
        )
        parser.add_argument(
            "--leave-out",
            nargs="+",
            default=[],
            action="extend",
            metavar="HEADING",
            help="headings not to be read",
        )
        parser.add_argument(
            "--drop-not-asked",
            action="store_true",
            help="take rows without the answers to what would not be asked after the others in the row",
        )
        parser.add_argument(
            "--again", action="store_true", help="count a file once more that was imported before"
        )

    def handle(self, *, wave: str, **options) -> None:
        found = Wave.objects.select_related("version").filter(code=wave).first()
        if found is None:
            raise CommandError(f"There is no wave with the code {wave}.")
        if found.version:
            names = known_headings(Questionnaire(found.version.content)).values()
            self.columns = tuple(dict.fromkeys(names))
        super().handle(wave=found, **options)

    def import_table(self, file: Path, **options) -> tuple[Table, Outcome]:
        names = ["columns", "leave_out", "collector", "encoding", "delimiter"]
        names += ["drop_not_asked", "skip_refused", "check", "again"]
        try:
            return import_responses(options["wave"], file, **{name: options[name] for name in names})
        except Refused as error:
            raise CommandError(f"{file}: {error}") from error

    def _report(self, table: Table, outcome: Outcome, *, check: bool) -> None:
        delimiter = {sign: name for name, sign in DELIMITER_NAMES.items()}.get(
            table.delimiter, table.delimiter
        )
        self.stdout.write(
            f"{table.file}: {table.encoding}, delimiter {delimiter}, {len(table.columns)} columns read."
        )
        for refusal in outcome.refusals:
            self.stderr.write(f"{table.file}, line {refusal.line}, {refusal.code or '-'}: {refusal.reason}")
        if not outcome.lists_all:
            self.stderr.write("There is more than is listed here.")
        if outcome.cells_left_out:
            self.stdout.write(f"{outcome.cells_left_out} answers left out, because they would not be asked.")
        counts = f"{outcome.taken} rows to take, {outcome.refused} refused"
        if outcome.is_written:
            self.stdout.write(f"{outcome.taken} rows put into the ballot box, {outcome.refused} refused.")
        elif outcome.refused:
            raise CommandError(
                f"{table.file}: {counts}; nothing was imported. Correct the refused rows,"
                " or import the others with --skip-refused."
            )
        elif check:
            self.stdout.write(f"{counts}; nothing was changed, this was a check.")
        else:
            raise CommandError(f"{table.file}: there is no row to take.")
