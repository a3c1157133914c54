from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cxportal.organisation.importing import FileRefused
from cxportal.organisation.models import Unit
from cxportal.organisation.unit_import import import_units
from tests.factories import UnitFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def write(tmp_path):
    def write_file(text, encoding="utf-8"):
        file = tmp_path / "units.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return file

    return write_file


def tree() -> dict[str, str | None]:
    return dict(Unit.objects.values_list("code", "parent__code"))


def refusals(outcome) -> list[tuple[int, str, str]]:
    return [tuple(refusal) for refusal in outcome.refused]


def counts(outcome) -> tuple[int, int, int, int]:
    return outcome.new, outcome.changed, outcome.unchanged, len(outcome.refused)


def test_parents_may_stand_after_their_children_or_in_the_database(write):
    UnitFactory(code="agency")
    file = write("code,name,parent\ndesk,Desk 1,point\npoint,Point,agency\n")
    import_units(file)
    assert tree() == {"agency": None, "point": "agency", "desk": "point"}


def test_a_row_says_everything_about_its_unit(write):
    import_units(
        write("code;name_fi;name_sv;parent;kind;active\nhki;Helsinki;Helsingfors;;Service point;no\n")
    )
    unit = Unit.objects.get()
    assert (unit.name_fi, unit.name_sv, unit.parent, unit.kind, unit.is_active) == (
        "Helsinki",
        "Helsingfors",
        None,
        "service_point",
        False,
    )


def test_names_are_in_the_language_that_is_named(write):
    import_units(write("code,name\nhki,Helsinki\n"), name_language="fi")
    unit = Unit.objects.get()
    assert (unit.name_fi, unit.name_en) == ("Helsinki", None)


def test_a_second_run_changes_nothing(write):
    file = write("code,name,parent\nb,B,a\na,A,\n")
    import_units(file)
    _table, outcome = import_units(file)
    assert counts(outcome) == (0, 0, 2, 0)


def test_only_what_is_different_is_changed(write):
    import_units(write("code,name,parent\na,A,\nb,B,a\nc,C,\n"))
    _table, outcome = import_units(write("code,name,parent\na,A,\nb,B,c\nc,New C,\n"))
    assert counts(outcome) == (0, 2, 1, 0)
    assert (tree(), Unit.objects.get(code="c").name_en) == ({"a": None, "b": "c", "c": None}, "New C")


def test_an_empty_parent_moves_a_unit_to_the_top(write):
    import_units(write("code,name,parent\na,A,\nb,B,a\n"))
    import_units(write("code,name,parent\nb,B,\n"))
    assert tree() == {"a": None, "b": None}


def test_a_file_without_parents_leaves_the_tree_alone(write):
    import_units(write("code,name,parent\na,A,\nb,B,a\n"))
    import_units(write("code,name\nb,Other\n"))
    assert tree() == {"a": None, "b": "a"}


def test_an_empty_name_leaves_the_name_alone(write):
    import_units(write("code,name,name_fi\na,A,Aa\n"))
    import_units(write("code,name,name_fi\na,A,\n"))
    assert Unit.objects.get().name_fi == "Aa"


def test_a_check_counts_and_changes_nothing(write):
    _table, outcome = import_units(write("code,name\na,A\n"), check=True)
    assert (counts(outcome), tree()) == ((1, 0, 0, 0), {})


BROKEN_FILES = {
    "a cycle": (
        "a,A,c\nb,B,a\nc,C,b\n",
        [(2, "a"), (3, "b"), (4, "c")],
        "The parents run in a circle: a > c > b > a.",
    ),
    "its own parent": ("a,A,a\n", [(2, "a")], "The parents run in a circle: a > a."),
    "an unknown parent": ("a,A,x\n", [(2, "a")], "The parent x is neither in the file nor in the database."),
    "a duplicate code": ("a,A,\na,B,\n", [(3, "a")], "The code stands in line 2 already."),
    "no code": (",A,\n", [(2, "")], "The code is missing."),
    "a code with accents": (
        "é,A,\n",
        [(2, "é")],
        "A code is made of letters without accents, digits, dots, hyphens and underscores.",
    ),
    "a long code": (f"{'x' * 65},A,\n", [(2, "x" * 65)], "The code is longer than 64 letters."),
    "no name": ("a,,\n", [(2, "a")], "A new unit needs a name."),
    "a long name": (f"a,{'x' * 301},\n", [(2, "a")], "The name is longer than 300 letters."),
    "a cell too many": ("a,A,,,\n", [(2, "a")], "The row has 5 cells, the heading has 3."),
    "a cell too few": ("a,A\n", [(2, "a")], "The row has 2 cells, the heading has 3."),
}


@pytest.mark.parametrize(("rows", "places", "reason"), BROKEN_FILES.values(), ids=BROKEN_FILES)
def test_one_broken_row_refuses_the_whole_file(write, rows, places, reason):
    _table, outcome = import_units(write(f"code,name,parent\n{rows}good,Good,\n"))
    assert ([(line, code) for line, code, _reason in outcome.refused], outcome.refused[0].reason) == (
        places,
        reason,
    )
    assert (outcome.is_written, tree()) == (False, {})


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("kind", "castle", "The kind “castle” is not known. Known are: agency, region,"),
        ("active", "perhaps", "“perhaps” is neither yes nor no."),
    ],
)
def test_a_word_that_is_not_known_is_refused(write, column, cell, reason):
    _table, outcome = import_units(write(f"code,name,{column}\na,A,{cell}\n"))
    assert outcome.refused[0].reason.startswith(reason)


def test_a_cycle_through_a_unit_of_the_database_is_refused(write):
    import_units(write("code,name,parent\na,A,\nb,B,a\nc,C,b\n"))
    _table, outcome = import_units(write("code,name,parent\na,A,c\n"))
    assert refusals(outcome) == [(2, "a", "The parents run in a circle: a > c > b > a.")]
    assert tree() == {"a": None, "b": "a", "c": "b"}


def test_the_others_can_be_imported_without_the_refused(write):
    file = write("code,name,parent\na,A,\nb,B,x\nc,C,b\nd,D,c\ne,E,a\n")
    _table, outcome = import_units(file, skip_refused=True)
    assert tree() == {"a": None, "e": "a"}
    assert refusals(outcome) == [
        (3, "b", "The parent x is neither in the file nor in the database."),
        (4, "c", "Its parent b in line 3 is refused."),
        (5, "d", "Its parent c in line 4 is refused."),
    ]


def test_below_a_refused_row_of_a_known_unit_the_tree_goes_on(write):
    UnitFactory(code="b")
    import_units(write("code,name,parent\nb,B,x\nc,C,b\n"), skip_refused=True)
    assert tree() == {"b": None, "c": "b"}


def test_units_below_a_cycle_are_refused_with_it(write):
    file = write("code,name,parent\na,A,b\nb,B,a\nc,C,a\nd,D,\n")
    _table, outcome = import_units(file, skip_refused=True)
    assert (tree(), refusals(outcome)[2]) == ({"d": None}, (4, "c", "Its parent a in line 2 is refused."))


def test_a_refused_move_puts_no_other_move_into_a_cycle(write):
    import_units(write("code,name,parent\nx,X,y\ny,Y,\n"))
    file = write("code,name,parent\nx,X,nowhere\ny,Y,x\n")
    _table, outcome = import_units(file, skip_refused=True)
    assert tree() == {"x": "y", "y": None}
    assert [(line, code) for line, code, _reason in outcome.refused] == [(2, "x"), (3, "y")]


READABLE = {
    "semicolons": ("code;name\na;Å, B\n", "utf-8"),
    "tabs and CRLF": ("code\tname\r\na\tÅ, B\r\n", "utf-8"),
    "quotes and line breaks": ('"code","name"\n\n"a","Å,\n B"\n\n', "utf-8"),
    "a byte-order mark": ("code;name\na;Å, B\n", "utf-8-sig"),
    "a byte-order mark in a quoted heading": ('"\ufeff""code""";name\r\na;Å, B\r\n', "utf-8"),
    "Windows-1252": ("code;name\na;Å, B\n", "cp1252"),
    "UTF-16": ("code;name\na;Å, B\n", "utf-16"),
    "decomposed letters": ("code;name\na;A\u030a, B\n", "utf-8"),
    "capital headings": ("CODE;Name \na;Å, B\n", "utf-8"),
}


@pytest.mark.parametrize(("text", "encoding"), READABLE.values(), ids=READABLE)
def test_what_spreadsheets_write_is_read(write, text, encoding):
    import_units(write(text, encoding))
    assert list(Unit.objects.values_list("code", "name_en")) == [("a", "Å, B")]


UNREADABLE = {
    "not the encoding that is named": (
        "code;name\na;A\nb;Å\n".encode("cp1252"),
        "utf-8",
        "units.csv, line 3: The letters here",
    ),
    "UTF-8 named Windows-1252": (
        "code;name\na;A\nb;Å\n".encode(),
        "cp1252",
        "units.csv, line 3: The file is UTF-8",
    ),
    "two encodings in one file": (
        "code;name\na;Å\n".encode() + "b;Å\n".encode("cp1252"),
        "",
        "units.csv, line 3: The letters",
    ),
    "no letters of Windows-1252": (
        b"code;name\na;\x81\n",
        "",
        "units.csv, line 2: The letters here are not cp1252",
    ),
    "an unknown encoding": (b"code;name\n", "klingon", "No encoding is called “klingon”"),
    "a spreadsheet": (b"PK\x03\x04...", "", "not a spreadsheet that can be read"),
    "zeros": (b"code;name\na;\0\n", "", "units.csv, line 2: This is not a text file"),
    "nothing": (b"", "", "The file is empty"),
    "an open quotation mark": (b'code;name\na;"A\n', "", "units.csv, line 2: The row cannot be read"),
    "no code": (
        b"nombre;name\na;A\n",
        "",
        "line 1: No heading is known for “code”. The headings are: nombre | name",
    ),
    "two names": (b"code;name;name_en\na;A;A\n", "", "line 1: Two headings mean “name_en”"),
}


@pytest.mark.parametrize(("content", "encoding", "sentence"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_read_is_refused_with_its_place(write, content, encoding, sentence):
    with pytest.raises(FileRefused) as error:
        import_units(write(content), encoding=encoding)
    assert sentence in str(error.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(FileRefused, match="There is no such file"):
        import_units(tmp_path / "none.csv")


def test_headings_can_be_named(write):
    import_units(write("Tunnus;Nimi\na;Aa\n"), columns={"code": "Tunnus", "name": "Nimi"}, name_language="fi")
    assert list(Unit.objects.values_list("code", "name_fi")) == [("a", "Aa")]


def run(*arguments) -> tuple[str, str]:
    out, errors = StringIO(), StringIO()
    call_command("import_units", *map(str, arguments), stdout=out, stderr=errors)
    return out.getvalue(), errors.getvalue()


def test_the_command_says_how_it_read_the_file_and_what_it_did(write):
    file = write("Tunnus;name\na;A\n")
    out, errors = run(file, "--column", "code=Tunnus")
    assert (out, errors) == (
        f"{file}: utf-8, delimiter semicolon; name_en = “name”, code = “Tunnus”\n"
        "1 new, 0 changed, 0 unchanged, 0 refused.\n",
        "",
    )


def test_the_command_fails_when_a_row_is_refused(write):
    with pytest.raises(CommandError, match="1 new, 0 changed, 0 unchanged, 1 refused; nothing was imported"):
        run(write("code;name;parent\na;A;\nb;B;x\n"))


def test_the_command_lists_each_refused_row_with_line_code_and_reason(write):
    file = write("code;name;parent\na;A;\nb;B;x\n")
    _out, errors = run(file, "--skip-refused")
    assert errors == f"{file}, line 3, b: The parent x is neither in the file nor in the database.\n"


def test_the_command_fails_on_a_check_that_finds_something(write):
    with pytest.raises(CommandError, match="1 refused"):
        run(write("code;name;parent\nb;B;x\n"), "--check")


def test_the_command_says_that_a_check_changed_nothing(write):
    assert run(write("code;name\na;A\n"), "--check")[0].endswith("nothing was changed, this was a check.\n")


def test_a_column_that_does_not_exist_is_refused(write):
    with pytest.raises(CommandError, match="There is no column colour"):
        run(write("code;name\na;A\n"), "--column", "colour=name")


def test_the_french_register_is_read_and_a_second_run_finds_nothing_new(samples):
    file = samples / "contacts" / "services_publics_plus_bodies_fr.csv"
    _table, first = import_units(file, skip_refused=True)
    _table, second = import_units(file, skip_refused=True)
    assert counts(first)[0] + counts(first)[3] == 4000
    assert counts(second) == (0, 0, first.new, len(first.refused))
    assert first.new == Unit.objects.exclude(name_fr=None).count() > 1000


def test_the_french_register_is_refused_as_a_whole_because_parents_are_missing(samples):
    _table, outcome = import_units(samples / "contacts" / "services_publics_plus_bodies_fr.csv")
    assert (outcome.is_written, tree()) == (False, {})
    assert {reason.split(" ")[0] for _line, _code, reason in outcome.refused} == {"The", "Its"}


def test_queries_do_not_grow_with_the_rows(write, django_assert_num_queries):
    import_units(write("code,name\na,A\n"))
    rows = "".join(f"u{number},U,\n" for number in range(10))
    with django_assert_num_queries(4):  # savepoint, units, one insert, release
        import_units(write(f"code,name,parent\n{rows}"))
