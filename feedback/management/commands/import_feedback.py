from argparse import ArgumentParser, ArgumentTypeError
from decimal import Decimal, InvalidOperation
from pathlib import Path

from cxportal.organisation.importing import Table
from cxportal.organisation.management.importing_command import ImportingCommand, pair
from feedback.feedback_import import CODED, COLUMNS, DATE_FORMS, Outcome, Plan, Scale, import_feedback


def scale(text: str) -> tuple[Decimal, Decimal]:
    worst, _colon, best = text.partition(":")
    try:
        ends = Decimal(worst), Decimal(best)
    except InvalidOperation:
        raise ArgumentTypeError(f"{text!r} is not of the form WORST:BEST, such as 5:1") from None
    if ends[0] == ends[1]:
        raise ArgumentTypeError("the worst and the best score are the same")
    return ends


def value(text: str) -> tuple[tuple[str, str], str]:
    cell, code = pair(text if not text.endswith("=") else f"{text} ")
    column, colon, found = cell.partition(":")
    if not colon or column not in CODED:
        raise ArgumentTypeError(
            f"{text!r} is not of the form COLUMN:CELL=CODE with one of {', '.join(CODED)}"
        )
    return (column, found), code.strip()


def default(text: str) -> tuple[str, str]:
    column, code = pair(text)
    if column not in CODED or column == "topics":
        raise ArgumentTypeError(f"there is no default for {column!r}")
    return column, code


class Command(ImportingCommand):
    help = (
        "Bring in feedback collected elsewhere: a CSV file with one voice a row. Each is screened for personal data and"
        " routed. Everything is checked first; a file imported again adds only what is new."
    )
    columns = COLUMNS

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        several = {"nargs": "+", "action": "extend", "default": []}
        parser.add_argument(
            "--source", default="", help="name of where it comes from; the file name if not given"
        )
        parser.add_argument(
            "--default", type=default, metavar="COLUMN=CODE", help="code of rows that say nothing", **several
        )
        parser.add_argument(
            "--value",
            type=value,
            metavar="COLUMN:CELL=CODE",
            help="what a cell of the file means; nothing after = leaves it empty",
            **several,
        )
        parser.add_argument(
            "--topic",
            type=pair,
            metavar="HEADING=CODE",
            help="headings that are ticked for a topic",
            **several,
        )
        parser.add_argument(
            "--blank-unknown",
            choices=CODED,
            metavar="COLUMN",
            help="leave unknown codes of these columns empty instead of refusing the row",
            **several,
        )
        parser.add_argument("--no-text", metavar="WORDS", help="what stands for an empty text", **several)
        parser.add_argument(
            "--score", type=scale, metavar="WORST:BEST", help="range and direction of the scores, such as 5:1"
        )
        parser.add_argument(
            "--date-form",
            metavar="FORM",
            help="how dates are written, such as %%m/%%d/%%Y; day/month/year, day.month.year and ISO when not given",
            **several,
        )
        parser.add_argument("--no-score", metavar="CODE", help="what stands for no score", **several)

    def import_table(self, file: Path, **options) -> tuple[Table, Outcome]:
        ends = options["score"]
        plan = Plan(
            source=options["source"],
            defaults=dict(options["default"]),
            values=dict(options["value"]),
            topic_headings=dict(options["topic"]),
            blank_unknown=frozenset(options["blank_unknown"]),
            date_forms=tuple(options["date_form"]) or DATE_FORMS,
            no_text=frozenset(options["no_text"]),
            scale=Scale(*ends, frozenset(options["no_score"])) if ends else None,
        )
        names = ["columns", "encoding", "delimiter", "skip_refused", "check"]
        return import_feedback(
            file, plan=plan, progress=self._progress, **{name: options[name] for name in names}
        )

    def _progress(self, count: int) -> None:
        if count % 5000 == 0:
            self.stdout.write(f"{count} rows")

    def _report(self, table: Table, outcome: Outcome, *, check: bool) -> None:
        if outcome.without_text:
            self.stdout.write(f"{outcome.without_text} rows without a text left out.")
        if outcome.left_empty:
            self.stdout.write(f"{outcome.left_empty} unknown codes left empty.")
        if outcome.is_written:
            self.stdout.write(f"Personal data marked in {outcome.with_personal_data} texts.")
        super()._report(table, outcome, check=check)
