"""Choice filters of an XLSForm that look at nothing but the sheet of choices: they hold for everybody."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from surveys.interchange.expressions import XPATH, CannotTranslate, Literal, Node, Operation, Word, parse
from surveys.interchange.xlsform_sheets import SheetRow


def fitting_rows(text: str, rows: Sequence[SheetRow]) -> list[SheetRow] | None:
    """The choices that fit; `None` if answers decide, or if nothing would be left."""
    try:
        node = parse(text, XPATH)
        found = [row for row in rows if _fits(node, row)]
    except CannotTranslate:
        return None
    return found or None


def _fits(node: Node, row: SheetRow) -> bool:
    match node:
        case Operation("or", parts):
            return any(_fits(part, row) for part in parts)
        case Operation("and", parts):
            return all(_fits(part, row) for part in parts)
        case Operation("not", (part,)):
            return not _fits(part, row)
        case Operation("=" | "!=" as op, (Word(column, False), Literal(value))):
            return (row.get(column.lower()) == value) == (op == "=")
    raise CannotTranslate(_("It looks at more than one column of the choices."))
