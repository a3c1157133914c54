"""The agency's tree from a file. Everything is checked first; then all of it is written, or nothing.

A row is refused for: no code or a code with other signs than letters, digits, dots, hyphens and underscores; a code
that stands in the file already; no name for a new unit; a kind or a yes/no that is not known; a parent that is neither
in the file nor in the database, or was refused itself; a circle of parents. Unless `skip_refused` is given, one
refused row refuses the whole file.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from modeltranslation.utils import build_localized_fieldname

from cxportal.languages import LANGUAGES, SOURCE
from cxportal.organisation.importing import Outcome, Refusal, Row, RowRefused, Table, open_table, words_of
from cxportal.organisation.models import Unit
from cxportal.organisation.models.units import code_validator

FRENCH_REGISTER = {
    "code sp+ de la structure": "code",
    "intitulé de la structure": "name_fr",
    "code sp+ structure parent": "parent",
    "actif": "active",
}
YES = {"yes", "true", "1", "oui", "kyllä", "ja", "sí", "da", "x", "active", "in use"}
NO = {"no", "false", "0", "non", "ei", "nej", "nein", "nee", "closed", "inactive"}
KINDS = {kind.replace("_", " "): kind for kind in Unit.Kind.values}
LONGEST_CODE = Unit._meta.get_field("code").max_length or 0
LONGEST_NAME = Unit._meta.get_field("name").max_length or 0
BATCH = 500


@dataclass
class UnitRow:
    """What one row of the file says of a unit; None where it says nothing."""

    line: int
    code: str
    names: dict[str, str] = field(default_factory=dict)
    parent: str | None = None
    kind: str | None = None
    is_active: bool | None = None


def import_units(
    file: Path,
    *,
    columns: Mapping[str, str] | None = None,
    encoding: str = "",
    delimiter: str = "",
    name_language: str = SOURCE,
    skip_refused: bool = False,
    check: bool = False,
) -> tuple[Table, Outcome]:
    """Raises FileRefused when the file cannot be read as a table. `check` changes nothing."""
    table = open_table(
        file,
        known_headings=known_headings(name_language),
        chosen=_with_language(columns or {}, name_language),
        required=["code"],
        encoding=encoding,
        delimiter=delimiter,
    )
    outcome = Outcome()
    rows = _read(table, outcome.refused)
    with transaction.atomic():
        existing = {unit.code: unit for unit in Unit.objects.select_for_update()}
        _refuse_new_without_name(rows, existing, outcome.refused)
        _refuse_broken_tree(rows, existing, outcome.refused, has_parents="parent" in table.columns)
        outcome.refused.sort()
        new, changed = _differences(rows, existing, outcome)
        if not check and (skip_refused or not outcome.refused):
            _write(rows, new, changed, existing)
            outcome.is_written = True
    return table, outcome


def known_headings(name_language: str) -> dict[str, str]:
    names = {build_localized_fieldname("name", code): code for code in LANGUAGES}
    return {
        "code": "code",
        "unit code": "code",
        "name": build_localized_fieldname("name", name_language),
        "unit name": build_localized_fieldname("name", name_language),
        "parent": "parent",
        "parent code": "parent",
        "kind": "kind",
        "active": "active",
        "in use": "active",
        **{name: name for name in names},
        **FRENCH_REGISTER,
    }


def _with_language(columns: Mapping[str, str], name_language: str) -> dict[str, str]:
    return {
        build_localized_fieldname("name", name_language) if name == "name" else name: heading
        for name, heading in columns.items()
    }


def _read(table: Table, refused: list[Refusal]) -> dict[str, UnitRow]:
    rows: dict[str, UnitRow] = {}
    for row in table.rows(refused):
        try:
            unit = _understand(row)
            if unit.code in rows:
                raise RowRefused(
                    _("The code stands in line %(line)d already.") % {"line": rows[unit.code].line}
                )
            rows[unit.code] = unit
        except RowRefused as error:
            refused.append(Refusal(row.line, row.cells["code"], str(error)))
    return rows


def _understand(row: Row) -> UnitRow:
    cells = row.cells
    unit = UnitRow(row.line, _code(cells["code"]), parent=cells.get("parent"))
    for column, cell in cells.items():
        if column.startswith("name_") and (name := words_of(cell)):
            if len(name) > LONGEST_NAME:
                raise RowRefused(_("The name is longer than %(count)d letters.") % {"count": LONGEST_NAME})
            unit.names[column] = name
    if kind := cells.get("kind"):
        unit.kind = KINDS.get(kind.casefold().replace("_", " "))
        if unit.kind is None:
            raise RowRefused(
                _("The kind “%(kind)s” is not known. Known are: %(kinds)s.")
                % {"kind": kind[:60], "kinds": ", ".join(Unit.Kind.values)}
            )
    if active := cells.get("active"):
        unit.is_active = _yes_or_no(active)
    return unit


def _code(code: str) -> str:
    if not code:
        raise RowRefused(_("The code is missing."))
    try:
        code_validator(code)
    except ValidationError as error:
        raise RowRefused(error.messages[0]) from error
    if len(code) > LONGEST_CODE:
        raise RowRefused(_("The code is longer than %(count)d letters.") % {"count": LONGEST_CODE})
    return code


def _yes_or_no(cell: str) -> bool:
    word = cell.casefold()
    if word not in YES | NO:
        raise RowRefused(_("“%(word)s” is neither yes nor no.") % {"word": cell[:60]})
    return word in YES


def _refuse_new_without_name(
    rows: dict[str, UnitRow], existing: Mapping[str, Unit], refused: list[Refusal]
) -> None:
    for code in [code for code, row in rows.items() if not row.names and code not in existing]:
        refused.append(Refusal(rows.pop(code).line, code, _("A new unit needs a name.")))


def _refuse_broken_tree(
    rows: dict[str, UnitRow], existing: Mapping[str, Unit], refused: list[Refusal], *, has_parents: bool
) -> None:
    """Take out of `rows` what has no place in the tree, and what would hang below it."""
    lines = {refusal.code: refusal.line for refusal in reversed(refused)}
    children: dict[str, list[str]] = {}
    for code, row in rows.items():
        if row.parent:
            children.setdefault(row.parent, []).append(code)

    def refuse(codes_and_reasons: Iterable[tuple[str, str]]) -> None:
        waiting = deque(codes_and_reasons)
        while waiting:
            code, reason = waiting.popleft()
            if code not in rows:
                continue
            lines[code] = rows.pop(code).line
            refused.append(Refusal(lines[code], code, reason))
            if code not in existing:
                waiting.extend((child, _orphan_reason(code, lines)) for child in children.get(code, ()))

    refuse(
        [
            (code, _orphan_reason(row.parent, lines))
            for code, row in rows.items()
            if row.parent and row.parent not in rows and row.parent not in existing
        ]
    )
    code_by_id = {unit.pk: unit.code for unit in existing.values()}
    while has_parents:
        parents = {code: code_by_id.get(unit.parent_id) for code, unit in existing.items()}
        parents |= {code: row.parent or None for code, row in rows.items()}
        circles = _circles(parents)
        if not circles:
            break
        refuse((code, _circle_reason(circle)) for circle in circles for code in circle)


def _orphan_reason(parent: str, lines: Mapping[str, int]) -> str:
    if parent in lines:
        return _("Its parent %(code)s in line %(line)d is refused.") % {"code": parent, "line": lines[parent]}
    return _("The parent %(code)s is neither in the file nor in the database.") % {"code": parent[:80]}


def _circle_reason(circle: list[str]) -> str:
    way = [*circle, circle[0]] if len(circle) < 8 else [*circle[:6], "…", circle[0]]
    return _("The parents run in a circle: %(way)s.") % {"way": " > ".join(way)}


def _circles(parents: Mapping[str, str | None]) -> list[list[str]]:
    """Each circle of a map from child to parent, from child to parent."""
    seen: set[str] = set()
    circles = []
    for start in parents:
        way: dict[str, None] = {}
        code: str | None = start
        while code is not None and code not in seen:
            seen.add(code)
            way[code] = None
            code = parents.get(code)
        if code in way:
            codes = list(way)
            circles.append(codes[codes.index(code) :])
    return circles


def _differences(
    rows: dict[str, UnitRow], existing: Mapping[str, Unit], outcome: Outcome
) -> tuple[list[UnitRow], list[Unit]]:
    code_by_id = {unit.pk: unit.code for unit in existing.values()}
    new, changed = [], []
    for code, row in rows.items():
        unit = existing.get(code)
        if unit is None:
            new.append(row)
        elif _change(unit, row) | (
            row.parent is not None and (row.parent or None) != code_by_id.get(unit.parent_id)
        ):
            changed.append(unit)
    outcome.new, outcome.changed = len(new), len(changed)
    outcome.unchanged = len(rows) - len(new) - len(changed)
    return new, changed


def _change(unit: Unit, row: UnitRow) -> bool:
    """Take over what the row says, the parent aside; True if anything is different now."""
    wanted: dict[str, object] = dict(row.names)
    if row.kind is not None:
        wanted["kind"] = row.kind
    if row.is_active is not None:
        wanted["is_active"] = row.is_active
    different = {name: value for name, value in wanted.items() if getattr(unit, name) != value}
    for name, value in different.items():
        setattr(unit, name, value)
    return bool(different)


def _write(
    rows: Mapping[str, UnitRow], new: list[UnitRow], changed: list[Unit], existing: Mapping[str, Unit]
) -> None:
    units = dict(existing)
    for generation in _generations(new):
        made = [_new_unit(row, units) for row in generation]
        Unit.objects.bulk_create(made, batch_size=BATCH)
        units |= {unit.code: unit for unit in made}
    for unit in changed:
        parent = rows[unit.code].parent
        if parent is not None:
            unit.parent = units[parent] if parent else None
    names = {name for row in rows.values() for name in row.names}
    Unit.objects.bulk_update(changed, ["parent", "kind", "is_active", *sorted(names)], batch_size=BATCH)


def _new_unit(row: UnitRow, units: Mapping[str, Unit]) -> Unit:
    unit = Unit(code=row.code, parent=units[row.parent] if row.parent else None)
    _change(unit, row)
    return unit


def _generations(new: list[UnitRow]) -> Iterable[list[UnitRow]]:
    """Parents before children, however they stand in the file."""
    by_code = {row.code: row for row in new}
    children: dict[str, list[UnitRow]] = {}
    generation = []
    for row in new:
        if row.parent in by_code:
            children.setdefault(row.parent, []).append(row)
        else:
            generation.append(row)
    while generation:
        yield generation
        generation = [child for row in generation for child in children.get(row.code, ())]
