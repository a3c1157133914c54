"""Damaged files: refused in words or taken, never a traceback, within time and memory."""

import io
import random
import resource
import sys
import time
import zipfile
from collections import Counter

import pytest

from surveys.interchange.formats import read_form
from surveys.interchange.forms import Refused
from surveys.interchange.taking_in import take_in
from tests.surveys.interchange.files import YES_NO, lss, workbook, xlsform

pytestmark = pytest.mark.django_db

SECONDS = 30
MEGABYTES = 500
BEGIN = {
    "xlsx": xlsform(
        ["begin group", "g", "Group", None],
        ["select_one yn or_other", "a", "A?", None],
        ["integer", "b", "B?", "selected(${a}, 'yes')"],
        ["end group", None, None, None],
        ["text", "c", "C?", "${b} > 3 or not(${a} = 'no')"],
        choices=YES_NO,
        form_title="Visit",
    ),
    "lss": lss(
        {"type": "L"},
        {"type": "F"},
        {"type": "T", "relevance": "q1 == 'a' || is_empty(q1)"},
        subquestions=[{"qid": "91", "parent_qid": "2", "title": "S1", "question": "Sub", "scale_id": "0"}],
        answers=[
            {"qid": qid, "code": code, "answer": code, "language": "en", "scale_id": "0"}
            for qid in "12"
            for code in "ab"
        ],
    ),
}
OLD_FORM = "questionnaires/xlsform/pyxform_table-list.xls"
KINDS = [*BEGIN, "xls"]


@pytest.fixture
def beginning(kind, request) -> bytes:
    """The whole file. Nothing here writes the old format of Excel: that one is lent."""
    return BEGIN[kind] if kind in BEGIN else (request.getfixturevalue("samples") / OLD_FORM).read_bytes()


def flipped(content: bytes, chance: random.Random) -> bytes:
    bytes_ = bytearray(content)
    for _place in range(chance.randint(1, 30)):
        bytes_[chance.randrange(len(bytes_))] = chance.randrange(256)
    return bytes(bytes_)


def cut(content: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.randrange(len(content)) for _n in range(2))
    return content[:start] + content[end:]


def inside(content: bytes, chance: random.Random) -> bytes:
    """Other words in the XML; in a workbook in one of its parts, packed again."""
    if not content.startswith(b"PK"):
        return words_changed(content, chance)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(out, "w") as new:
        parts = packed.namelist()
        chosen = chance.choice(parts)
        for name in parts:
            body = packed.read(name)
            new.writestr(name, words_changed(body, chance) if name == chosen else body)
    return out.getvalue()


def words_changed(content: bytes, chance: random.Random) -> bytes:
    pairs = [(b"row", b"raw"), (b"survey", b"servey"), (b"name", b"\xff\xfe"), (b"text", b"\xd9\x83" * 9000)]
    pairs += [(b"sheet", b"sheat"), (b"qid", b"gid"), (b"<", b"<a><b>"), (b"yes", b"${a} = '" * 200)]
    pairs += [(b">", b">" + b"<d>" * 5000), (b"1", b"99999999999999999999"), (b"a", b"\x00"), (b"type", b"")]
    old, new = chance.choice(pairs)
    return content.replace(old, new, chance.randint(1, 5))


def renamed(content: bytes, chance: random.Random) -> bytes:
    """Names of sheets and headings in an old workbook, whose other bytes stay where they are."""
    old = chance.choice([b"survey", b"choices", b"settings", b"type", b"label", b"list_name", b"select_one"])
    place = chance.randrange(len(old))
    return content.replace(old, old[:place] + bytes([chance.randrange(256)]) + old[place + 1 :])


def swollen(content: bytes, chance: random.Random) -> bytes:
    """A record of an old workbook that says to be longer, or a cell that goes on and on."""
    place = chance.randrange(512, len(content) - 4)
    if chance.random() < 0.5:
        return content[:place] + b"\xff\x7f" + content[place + 2 :]
    return content[:place] + b"x" * 200_000 + content[place:]


MUTATIONS = {
    "xlsx": [flipped, cut, inside, inside],
    "lss": [flipped, cut, inside, inside],
    "xls": [flipped, cut, inside, renamed, swollen],
}


def outcome_of(name: str, content: bytes) -> list[str]:
    """The sentences of a refusal, or that it was taken. Anything else is raised."""
    try:
        form, report = read_form(name, content)
        take_in(form, report, by=None)
    except Refused as error:
        return error.faults
    return ["taken"]


def survives(kind: str, whole: bytes, seed: int) -> str:
    """`taken`, or `refused` in words."""
    chance = random.Random(seed)
    content = chance.choice(MUTATIONS[kind])(whole, chance)
    begun = time.process_time()
    said = outcome_of(f"{seed}.{kind}", content)
    assert said
    assert time.process_time() - begun < SECONDS
    return "taken" if said == ["taken"] else "refused"


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_refused_or_taken(kind, beginning):
    for seed in range(100):
        survives(kind, beginning, seed)


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_thousands_of_damaged_files_are_refused_or_taken(kind, beginning):
    said = Counter(survives(kind, beginning, seed) for seed in range(100, 2100))
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(
        f"{kind}: {said['refused']} refused in words, {said['taken']} taken, {megabytes:.0f} MB\n"
    )
    assert megabytes < MEGABYTES


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"<a>" + b" " * (90 * 1024 * 1024))
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        bomb(),
        b"x" * (20 * 1024 * 1024 + 1),
        b"<?xml version='1.0'?>" + b"<a>" * 200_000,
        workbook(survey=[["type", "name", "label"], ["text", "a", "A"], *([["text", None, "B"]] * 10)]),
        workbook(survey=[["type", "name", "label"], *([["note", f"n{n}", "x" * 30_000] for n in range(30)])]),
    ],
    ids=["zip bomb", "too large", "deep XML", "rows without names", "huge cells"],
)
def test_what_is_too_much_takes_neither_time_nor_memory(content):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.process_time()
    assert outcome_of("x", content)
    assert time.process_time() - begun < SECONDS
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < MEGABYTES
