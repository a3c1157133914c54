"""Writing a questionnaire: order, copies, codes, and advice on length."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeVar

from django.db import transaction
from django.db.models import Max, Model
from modeltranslation.utils import build_localized_fieldname

from surveys.conditions import BadCondition
from surveys.models import Choice, Clip, Contradiction, Indicator, Item, OwnScale, Part, Question, Survey

WORDS_AT_MOST = 15
WITHOUT_SPACES = {"th", "zh-hans"}
CODE_AT_MOST = 40
Step = Literal["up", "down"]
Row = TypeVar("Row", bound=Model)


# ---------- order ----------


@transaction.atomic
def move_question(*, question: Question, step: Step) -> Question:
    """One place up or down; past the edge of its part it goes into the part beside it."""
    parts = _parts_of(question.survey)
    rows = {part.pk: list(part.questions.all()) for part in parts}
    mine = next(number for number, part in enumerate(parts) if part.pk == question.part_id)
    own = rows[parts[mine].pk]
    place = own.index(question)
    target = place + (1 if step == "down" else -1)
    if 0 <= target < len(own):
        own.insert(target, own.pop(place))
    elif beside := _beside(parts, mine, step):
        rows[beside.pk].insert(0 if step == "down" else len(rows[beside.pk]), own.pop(place))
    for part in parts:
        _number(rows[part.pk], part=part)
    question.refresh_from_db(fields=["part", "position"])
    return question


def _beside(parts: Sequence[Part], mine: int, step: Step) -> Part | None:
    number = mine + (1 if step == "down" else -1)
    return parts[number] if 0 <= number < len(parts) else None


@transaction.atomic
def move_part(*, part: Part, step: Step) -> Part:
    parts = _parts_of(part.survey)
    _number(_stepped(parts, parts.index(part), step))
    part.refresh_from_db(fields=["position"])
    return part


@transaction.atomic
def move_row(*, row: Choice | Item, step: Step) -> None:
    """One choice or one thing to rate, among those of its question."""
    rows = list(type(row).objects.filter(question=row.question_id))
    _number(_stepped(rows, rows.index(row), step))


def _stepped(rows: list[Row], place: int, step: Step) -> list[Row]:
    target = place + (1 if step == "down" else -1)
    if 0 <= target < len(rows):
        rows.insert(target, rows.pop(place))
    return rows


def _number(rows: Sequence, part: Part | None = None) -> None:
    """Positions 1, 2, 3 ...; writes only what changed."""
    changed = []
    for position, row in enumerate(rows, 1):
        if row.position != position or (part and row.part_id != part.pk):
            row.position = position
            if part:
                row.part = part
            changed.append(row)
    if changed:
        type(changed[0]).objects.bulk_update(changed, ["position"] + (["part"] if part else []))


def _parts_of(survey: Survey) -> list[Part]:
    """The parts with their questions, the survey locked so that two editors do not reorder at once."""
    Survey.objects.select_for_update().get(pk=survey.pk)
    return list(survey.parts.prefetch_related("questions"))


# ---------- parts ----------


@transaction.atomic
def add_part(*, survey: Survey, title: str = "") -> Part:
    last = survey.parts.aggregate(last=Max("position"))["last"] or 0
    part = Part(survey=survey, position=last + 1)
    rename_part(part=part, title=title)
    return part


def rename_part(*, part: Part, title: str) -> None:
    """The title in the language the survey is written in."""
    setattr(part, build_localized_fieldname("title", part.survey.source_language), title.strip()[:200])
    part.save()


# ---------- copies ----------


@transaction.atomic
def duplicate_question(*, question: Question) -> Question:
    """The same question once more right after it, under a code of its own."""
    codes = {question.code: free_code(question.code, taken_codes(question.survey))}
    place = list(question.part.questions.all()).index(question)
    (copy,) = _copy_questions([question], question.survey, {question.part_id: question.part}, codes)
    rows = [row for row in question.part.questions.all() if row.pk != copy.pk]
    rows.insert(place + 1, copy)
    _number(rows)
    return copy


@transaction.atomic
def duplicate_part(*, part: Part) -> Part:
    """The part with its questions once more after it; conditions inside it look at the copies."""
    questions = list(part.questions.all())
    taken = taken_codes(part.survey)
    codes: dict[str, str] = {}
    for question in questions:
        codes[question.code] = free_code(question.code, taken | set(codes.values()))
    copy = _copied(part)
    copy.save(force_insert=True)
    _copy_questions(questions, part.survey, {part.pk: copy}, codes)
    parts = [row for row in _parts_of(part.survey) if row.pk != copy.pk]
    parts.insert(parts.index(part) + 1, copy)
    _number(parts)
    return copy


@transaction.atomic
def duplicate_survey(*, survey: Survey) -> Survey:
    """A new series that begins with the same questions under the same codes; nothing is published yet."""
    copy = _copied(survey)
    copy.code = free_code(survey.code, set(Survey.objects.values_list("code", flat=True)))
    copy.save(force_insert=True)
    parts = {}
    for part in survey.parts.all():
        new = _copied(part)
        new.survey = copy
        new.save(force_insert=True)
        parts[part.pk] = new
    _copy_questions(list(survey.questions.all()), copy, parts, {})
    contradictions = [_copied(row) for row in survey.contradictions.all()]
    for row in contradictions:
        row.survey = copy
    Contradiction.objects.bulk_create(contradictions)
    figures = [_copied(row) for row in survey.indicators.all()]
    for figure in figures:
        figure.survey = copy
    Indicator.objects.bulk_create(figures)
    return copy


def _copy_questions(
    questions: Sequence[Question], survey: Survey, parts: dict[int, Part], codes: dict[str, str]
) -> list[Question]:
    """Copies with choices, items and clips. `parts`: old part -> new one; `codes`: old code -> new one, where it changes."""
    copies = {}
    for question in questions:
        copy = _copied(question)
        copy.survey, copy.part = survey, parts[question.part_id]
        copy.code = codes.get(question.code, question.code)
        copy.shown_if = with_other_codes(question.shown_if, codes)
        copies[question.pk] = copy
    sorted_by = {pk: copy.band_of_id for pk, copy in copies.items()}
    for copy in copies.values():
        copy.band_of = None  # first all copies must exist
    Question.objects.bulk_create(copies.values())
    for pk, rating in sorted_by.items():
        stays = rating if survey.pk == questions[0].survey_id else None
        copies[pk].band_of_id = copies[rating].pk if rating in copies else stays
    Question.objects.bulk_update(copies.values(), ["band_of"])
    for model in (Choice, Item, Clip):
        _copy_rows(model, copies)
    return list(copies.values())


def _copy_rows(model: type[Choice] | type[Item] | type[Clip], questions: dict[int, Question]) -> None:
    """Choices, items or clips of the old questions (by their key) once more for the new ones."""
    rows: list[Any] = []
    for row in model._default_manager.filter(question__in=questions):
        copy = _copied(row)
        copy.question = questions[row.question_id]
        rows.append(copy)
    model._default_manager.bulk_create(rows)


def _copied(row: Row) -> Row:
    """The row with all its columns, not saved yet."""
    fields = [field for field in row._meta.concrete_fields if not field.primary_key]
    return type(row)(**{field.attname: row.__dict__[field.attname] for field in fields})


def with_other_codes(tree: dict | None, codes: dict[str, str]) -> dict | None:
    """The same condition looking at the questions that took the place of others."""
    if not tree:
        return tree
    for key in ("all", "any"):
        if isinstance(tree.get(key), list):
            return {key: [with_other_codes(part, codes) for part in tree[key]]}
    if "not" in tree:
        return {"not": with_other_codes(tree["not"], codes)}
    return tree | {"question": codes.get(tree.get("question", ""), tree.get("question"))}


# ---------- codes ----------


def taken_codes(survey: Survey) -> set[str]:
    return set(survey.questions.values_list("code", flat=True))


def code_from(text: str, taken: set[str], *, fallback: str) -> str:
    """A code made of the first words of a text, or of `fallback` where the text is in another script."""
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain)[:4]
    return free_code("_".join(words).lstrip("0123456789_")[:CODE_AT_MOST] or fallback, taken)


def free_code(code: str, taken: set[str]) -> str:
    """The code itself if nobody has it, else with the next number: overall, overall_2, overall_3."""
    if code not in taken:
        return code
    stem = re.sub(r"_\d+\Z", "", code)
    number = 2
    while (candidate := f"{stem[: CODE_AT_MOST - 1 - len(str(number))]}_{number}") in taken:
        number += 1
    return candidate


def frozen_codes(survey: Survey) -> dict[str, set[str]]:
    """Code of each published question -> codes of its choices and items: answers are stored under them."""
    version = survey.versions.order_by("-number").first()
    if version is None:
        return {}
    return {
        question["code"]: {row["code"] for kind in ("choices", "items") for row in question.get(kind, [])}
        for part in version.content["parts"]
        for question in part["questions"]
    }


def scale_is_frozen(scale: OwnScale) -> bool:
    """Whether a published question is rated on it: then codes and values of its points stay."""
    return Survey.objects.filter(versions__isnull=False, questions__own_scale=scale).exists()


def dependents_of(questions: Iterable[Question]) -> list[str]:
    """Codes of the questions that are shown after an answer to one of these, and would lose their condition."""
    gone = {question.code: question.survey_id for question in questions}
    found = []
    for other in Question.objects.filter(survey__in=set(gone.values()), shown_if__isnull=False):
        try:
            condition = other.read_condition()
        except BadCondition:
            continue
        looks_at = {comparison.question for comparison in condition.comparisons()} if condition else set()
        if other.code not in gone and looks_at & set(gone):
            found.append(other.code)
    return found


# ---------- length ----------


def words_in(text: str, language: str) -> int:
    """Words of a text; 0 where the script puts no spaces between them."""
    return 0 if language in WITHOUT_SPACES else len(text.split())


def is_long(text: str, language: str) -> bool:
    return words_in(text, language) > WORDS_AT_MOST
