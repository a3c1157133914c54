"""What one submission becomes: its groups, its answers with their numbers, its comments."""

import uuid
from typing import NamedTuple

from surveys import breakdowns
from surveys.models import Collector, Comment, Mode, Profile, Version, Wave
from surveys.publishing import Content, questions_in


class CommentRow(NamedTuple):
    question: str
    text: str
    language: str
    unit_id: int | None
    service_id: int | None
    band: str
    receipt_hash: str


class Waiting(NamedTuple):
    """A submission in the ballot box, as it is read for counting."""

    version_id: int
    collector: Collector
    profile: Profile | None
    language: str
    mode: str
    is_assisted: bool | None
    pseudonym: str
    content: Content


WAITING_COLUMNS = (
    *("version_id", "collector_id", "profile_id"),
    *("language", "mode", "is_assisted", "pseudonym", "content"),
)


class Counted(NamedTuple):
    id: uuid.UUID
    submission: Waiting
    cells: breakdowns.Cells
    answers: list[tuple[str, str, float | None]]
    comments: list[CommentRow]


class Meaning(NamedTuple):
    """What the codes of one version mean, looked up once per version."""

    numbers: dict[tuple[str, str], float]
    bands: dict[tuple[str, str], str]
    band_of: dict[str, str]
    declared: dict[tuple[str, str], dict[str, str]]
    open_numbers: frozenset[str]
    known: frozenset[str]
    single: frozenset[str]


def count(wave: Wave, submission: Waiting, meaning: Meaning) -> Counted:
    is_simple = submission.mode == Mode.SIMPLE
    given = list(dict.fromkeys((q, v) for q, v in submission.content["values"] if q in meaning.known))
    values = {question: value for question, value in given if question in meaning.single}
    declared: dict[str, str] = {}
    for pair in given:
        for breakdown, cell in meaning.declared.get(pair, {}).items():
            declared.setdefault(breakdown, cell)
    cells = breakdowns.cells_of(
        wave,
        collector=submission.collector,
        profile=submission.profile,
        declared=declared,
        values={question: value for question, value in values.items() if not value.startswith(":")},
        language=submission.language,
        mode=submission.mode,
        is_assisted=submission.is_assisted,
    )
    answers = [(question, value, number_of(meaning, question, value, is_simple)) for question, value in given]
    return Counted(uuid.uuid4(), submission, cells, answers, comments_of(meaning, submission, values))


def number_of(meaning: Meaning, question: str, value: str, is_simple: bool) -> float | None:
    """The number a mean is taken of. A three-point answer of the easier version is never stretched into one."""
    if value.startswith(":"):
        return None
    if question in meaning.open_numbers:
        try:
            return float(value)
        except ValueError:
            return None
    return None if is_simple else meaning.numbers.get((question, value))


def comments_of(meaning: Meaning, submission: Waiting, values: dict[str, str]) -> list[CommentRow]:
    collector, profile = submission.collector, submission.profile
    unit_id = (profile and profile.unit_id) or collector.unit_id
    rows = []
    for question, text in submission.content["texts"]:
        if question.removesuffix(".other") not in meaning.known:
            continue
        rating = meaning.band_of.get(question)
        band = meaning.bands.get((rating, values.get(rating, ""))) if rating else None
        rows.append(
            CommentRow(
                question=question,
                text=text,
                language=submission.language,
                unit_id=unit_id,
                service_id=collector.service_id,
                band=band or "",
                receipt_hash=submission.content.get("receipt", ""),
            )
        )
    return rows


_meanings: dict[tuple[int, str], Meaning] = {}


def meanings_of(version_ids: set[int]) -> dict[int, Meaning]:
    """What each version means. A version never changes, so it is worked out once."""
    found = {}
    for pk, digest in Version.objects.filter(pk__in=version_ids).values_list("pk", "digest"):
        if (pk, digest) not in _meanings:
            if len(_meanings) > 50:
                _meanings.clear()
            _meanings[pk, digest] = meaning_of(Version.objects.get(pk=pk).content)
        found[pk] = _meanings[pk, digest]
    return found


def meaning_of(content: Content) -> Meaning:
    numbers: dict[tuple[str, str], float] = {}
    bands: dict[tuple[str, str], str] = {}
    band_of: dict[str, str] = {}
    declared: dict[tuple[str, str], dict[str, str]] = {}
    open_numbers: set[str] = set()
    known: set[str] = set()
    single: set[str] = set()
    for question in questions_in(content):
        code, kind = question["code"], question["kind"]
        rated = [f"{code}.{item['code']}" for item in question.get("items", [])] or [code]
        known.update([*rated, code, f"{code}.reasons"])
        if kind in {"rating", "single", "yes_no", "thumbs", "grid"}:
            single.update(rated)
        if kind == "number":
            open_numbers.add(code)
        if kind == "ranking":
            ranked = {f"{code}.{choice['code']}" for choice in question["choices"]}
            open_numbers |= ranked
            known |= ranked
        scales = [question["scale"], question["scale"].get("simple")] if question.get("scale") else []
        for scale in filter(None, scales):
            for name in rated:
                bands |= {(name, point): band for point, band in bands_of_scale(scale).items()}
        if scales and scales[0]["numeric"]:
            numbers |= {
                (name, point["code"]): float(point["value"])
                for name in rated
                for point in scales[0]["points"]
            }
        if question.get("band_of"):
            band_of[code] = question["band_of"]
        for choice in question.get("choices", []):
            if question.get("fills") and choice["stands_for"]:
                declared[code, choice["code"]] = choice["stands_for"]
    return Meaning(
        numbers, bands, band_of, declared, frozenset(open_numbers), frozenset(known), frozenset(single)
    )


def bands_of_scale(scale: Content) -> dict[str, str]:
    """Point -> band: favourable as declared, unfavourable as far from the bad end, the rest in between."""
    values = {point["code"]: point["value"] for point in scale["points"]}
    favourable = [point["value"] for point in scale["points"] if point["favourable"]]
    if not favourable:
        return {}
    low, high = min(values.values()), max(values.values())
    mirrored = low + high - min(favourable) if min(favourable) > low else high + low - max(favourable)
    good_is_high = min(favourable) > low
    bands = {}
    for point in scale["points"]:
        is_bad = point["value"] <= mirrored if good_is_high else point["value"] >= mirrored
        bands[point["code"]] = (
            Comment.Band.FAVOURABLE
            if point["favourable"]
            else Comment.Band.UNFAVOURABLE
            if is_bad
            else Comment.Band.MIDDLE
        ).value
    return bands
