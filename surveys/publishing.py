"""Publishing a questionnaire: what is frozen, what is wrong with it, and what a new version changes.

The frozen content is JSON, never HTML, so that a better page reaches a wave that is already open.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, Self

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from cxportal.languages import LANGUAGES, SOURCE
from cxportal.organisation.models import User
from cxportal.organisation.texts import texts_of
from surveys import contradictions, scales
from surveys.clips import clips_by_question, clips_content
from surveys.conditions import BadCondition, Condition, places_of_trouble, read_condition
from surveys.models import Change, Choice, Clip, Item, OwnScale, Question, Survey, Version
from surveys.plain_rows import Row, questions_by_part, rows_by_question, texts_in
from surveys.shown_css import TYPED

FORMAT = 1
STAND_FOR = ("unit", "service", "stage", "topic")
Content = dict[str, Any]


class CannotPublish(ValueError):
    """`faults` says in one sentence each what has to be put right first."""

    def __init__(self, faults: list[str]):
        self.faults = faults
        super().__init__(" ".join(faults))


class ChangesNotDeclared(CannotPublish):
    """Wording was changed and nobody has said whether its meaning was."""

    def __init__(self, codes: list[str]):
        self.codes = codes
        super().__init__(
            [_("Say for each changed question whether its meaning changed: %s.") % ", ".join(codes)]
        )


@transaction.atomic
def publish(
    *,
    survey: Survey,
    by: User | None,
    meaning_kept: Mapping[str, bool] | None = None,
    at: datetime | None = None,
) -> Version:
    """Freeze the survey as its next version.

    `meaning_kept` says for every reworded question whether only its spelling changed (no break in the series).
    """
    Survey.objects.select_for_update().get(pk=survey.pk)
    content = content_of(survey)
    if faults := faults_in(content):
        raise CannotPublish(faults)
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    before = survey.versions.order_by("-number").first()
    if before and before.digest == digest:
        return before
    changes = changes_between(before.content if before else None, content, meaning_kept or {})
    version = Version.objects.create(
        survey=survey,
        number=before.number + 1 if before else 1,
        content=content,
        digest=digest,
        published_at=at or timezone.now(),
        published_by=by,
    )
    Change.objects.bulk_create(
        Change(version=version, question_code=code, kind=kind) for code, kind in changes.items()
    )
    return version


# ---------- what is frozen ----------


def content_of(survey: Survey) -> Content:
    """The questionnaire as it would be frozen now. Needs a fixed number of queries."""
    questions = questions_by_part(survey, topic_code=F("topic__code"), band_of_code=F("band_of__code"))
    rows = RowsOfQuestions.of(survey, own_scales_of(questions))
    content: Content = {
        "format": FORMAT,
        "survey": survey.code,
        "source": survey.source_language,
        "title": texts_of(survey, "title"),
        "purpose": texts_of(survey, "purpose"),
        "thanks": texts_of(survey, "thanks"),
        "best_first": survey.best_first,
        "offers_simple_mode": survey.offers_simple_mode,
        "parts": [
            {
                "title": texts_of(part, "title"),
                "questions": [question_content(row, rows) for row in questions.get(part.pk, ())],
            }
            for part in survey.parts.all()
        ],
    }
    if pairs := [pair.as_content() for pair in survey.contradictions.all()]:
        content["contradictions"] = pairs
    return content


class RowsOfQuestions(NamedTuple):
    """What stands under the questions of one survey: id of the question -> its rows; own scales by their id."""

    choices: Mapping[int, list[Row]]
    items: Mapping[int, list[Row]]
    clips: Mapping[int, list[Clip]]
    scales: Mapping[int, OwnScale]

    @classmethod
    def of(cls, survey: Survey, scales: Mapping[int, OwnScale]) -> Self:
        stand_for = {f"{kind}_code": F(f"{kind}__code") for kind in STAND_FOR}
        return cls(
            rows_by_question(Choice, survey, **stand_for),
            rows_by_question(Item, survey, topic_code=F("topic__code")),
            clips_by_question(survey),
            scales,
        )


def own_scales_of(questions: Mapping[int, list[Row]]) -> dict[int, OwnScale]:
    used = {row["own_scale_id"] for rows in questions.values() for row in rows} - {None}
    return OwnScale.objects.prefetch_related("points").in_bulk(used)


def question_content(question: Row, rows: RowsOfQuestions) -> Content:
    pk, kind = question["id"], question["kind"]
    content: Content = {
        "code": question["code"],
        "kind": kind,
        "text": texts_in(question, "text"),
        "help": texts_in(question, "help"),
        "required": question["is_required"],
        "not_for_me": question["offers_not_for_me"],
        "dont_know": question["offers_dont_know"],
        "topic": question["topic_code"],
        "fills": question["fills"] or None,
        "shown_if": question["shown_if"] or None,
    }
    if kind in Question.WITH_SCALE:
        content["scale"] = scale_content(question, rows.scales)
    if kind == Question.Kind.YES_NO:
        content["scale"] = standard_scale_content(scales.STANDARD["yes_no"])
    if kind == Question.Kind.THUMBS:
        content["scale"] = standard_scale_content(scales.STANDARD["thumbs"])
    if kind == Question.Kind.GRID:
        content["items"] = [
            {"code": item["code"], "text": texts_in(item, "text"), "topic": item["topic_code"]}
            for item in rows.items.get(pk, ())
        ]
    if kind in Question.WITH_CHOICES:
        content["choices"] = [choice_content(choice) for choice in rows.choices.get(pk, ())]
    if kind == Question.Kind.NUMBER:
        content |= {"low": question["low"], "high": question["high"]}
    if kind in Question.TEXTS:
        content |= {"max_length": question["max_length"], "band_of": question["band_of_code"]}
    if found := clips_content(rows.clips.get(pk, ())):
        content["clips"] = found
    return content


def choice_content(choice: Row) -> Content:
    stands_for = {kind: code for kind in STAND_FOR if (code := choice[f"{kind}_code"])}
    if choice["channel"]:
        stands_for["channel"] = choice["channel"]
    return {
        "code": choice["code"],
        "text": texts_in(choice, "text"),
        "exclusive": choice["is_exclusive"],
        "asks_for_text": choice["asks_for_text"],
        "stands_for": stands_for,
    }


def scale_content(question: Row, own_scales: Mapping[int, OwnScale]) -> Content:
    if question["own_scale_id"]:
        return own_scale_content(own_scales[question["own_scale_id"]])
    return standard_scale_content(scales.STANDARD[question["standard_scale"]])


def own_scale_content(scale: OwnScale) -> Content:
    return {
        "code": scale.code,
        "look": scales.Look.WORDS.value,
        "numeric": scale.is_numeric,
        "high_is_good": scale.high_is_good,
        "points": [
            {
                "code": point.code,
                "label": texts_of(point, "label"),
                "value": point.value,
                "favourable": point.is_favourable,
            }
            for point in scale.points.all()
        ],
    }


def standard_scale_content(scale: scales.Scale) -> Content:
    """With its words in every language. Those stand in catalogues, which do not change while a process runs."""
    return deepcopy(_standard_scale_content(scale.code))


@cache
def _standard_scale_content(code: str) -> Content:
    scale = scales.STANDARD[code]
    content: Content = {
        "code": scale.code,
        "look": scale.look.value,
        "numeric": scale.is_numeric,
        "high_is_good": scale.high_is_good,
        "points": [
            {
                "code": point.code,
                "label": catalogue_texts(point.label),
                "value": point.value,
                "favourable": point.is_favourable,
            }
            for point in scale.points
        ],
    }
    if scale.simple:
        content["simple"] = standard_scale_content(scales.STANDARD[scale.simple])
    return content


def catalogue_texts(label: Any) -> dict[str, str]:
    """Language -> label of a ready scale, for the languages whose catalogue has it."""
    if not label:
        return {}
    with override(SOURCE):
        source = str(label)
    found = {SOURCE: source}
    for code in LANGUAGES:
        with override(code):
            translated = str(label)
        if translated != source:
            found[code] = translated
    return found


# ---------- what is wrong with it ----------


def faults_in(content: Content) -> list[str]:
    """Sentences about everything that keeps the survey from being published; empty if it can be."""
    questions = list(questions_in(content))
    faults = []
    if not content["title"].get(content["source"]):
        faults.append(_("The survey has no title in the language it is written in."))
    if not any(question["kind"] != Question.Kind.INFORMATION for question in questions):
        faults.append(_("The survey asks nothing yet."))
    for question in questions:
        faults += faults_of_question(question, content["source"])
    faults += contradictions.faults_in(content)
    return faults + faults_of_conditions(content)


def faults_of_question(question: Content, source: str) -> Iterator[str]:
    name = {"question": question["code"]}
    if not question["text"].get(source):
        yield _("“%(question)s” has no text in the language the survey is written in.") % name
    needs_choices = question["kind"] in (Question.Kind.SINGLE, Question.Kind.MULTIPLE, Question.Kind.RANKING)
    if needs_choices and len(question["choices"]) < 2:
        yield _("“%(question)s” needs at least two choices.") % name
    if question["kind"] == Question.Kind.GRID and not question["items"]:
        yield _("“%(question)s” needs at least one thing to rate.") % name
    if "scale" in question and not 2 <= len(question["scale"]["points"]) <= 11:
        yield _("The scale of “%(question)s” needs 2 to 11 points.") % name
    for choice in question.get("choices", []):
        if question["fills"] and question["fills"] not in choice["stands_for"] and not choice["exclusive"]:
            yield _("“%(question)s”: choice “%(choice)s” does not say what it stands for.") % (
                name | {"choice": choice["code"]}
            )


def faults_of_conditions(content: Content) -> list[str]:
    order = [question["code"] for question in questions_in(content)]
    conditions = {}
    faults = []
    for question in questions_in(content):
        if not question["shown_if"]:
            continue
        try:
            conditions[question["code"]] = read_condition(question["shown_if"], place=question["code"])
        except BadCondition as error:
            faults.append(str(error))
    return [*faults, *places_of_trouble(order, conditions), *typed_on_the_same_page(content, conditions)]


def typed_on_the_same_page(content: Content, conditions: Mapping[str, Condition]) -> Iterator[str]:
    """No page without script can tell what is being typed on it, so nothing on it may depend on that."""
    for part in content["parts"]:
        typed = {question["code"] for question in part["questions"] if question["kind"] in TYPED}
        for code in (question["code"] for question in part["questions"]):
            looked_at = conditions[code].comparisons() if code in conditions else ()
            for other in dict.fromkeys(comparison.question for comparison in looked_at):
                if other in typed and other != code:
                    yield _(
                        "“%(question)s” depends on “%(other)s”, where something is typed or ranked in the same part. Move it to a later part."
                    ) % {"question": code, "other": other}


def questions_in(content: Content) -> Iterator[Content]:
    for part in content["parts"]:
        yield from part["questions"]


# ---------- what a new version changes ----------


def changes_between(
    before: Content | None, after: Content, meaning_kept: Mapping[str, bool]
) -> dict[str, Change.Kind]:
    """Question code -> the gravest thing that changed about it. Raises if rewording was not judged."""
    if before is None:
        return {}
    old = {question["code"]: question for question in questions_in(before)}
    new = {question["code"]: question for question in questions_in(after)}
    changes = {code: Change.Kind.QUESTION_REMOVED for code in old if code not in new}
    unjudged = []
    for code, question in new.items():
        kind = kind_of_change(old.get(code), question)
        if kind == Change.Kind.REWORDED:
            if code not in meaning_kept:
                unjudged.append(code)
            elif meaning_kept[code]:
                kind = Change.Kind.TYPO
        if kind:
            changes[code] = kind
    if unjudged:
        raise ChangesNotDeclared(unjudged)
    return changes


def kind_of_change(old: Content | None, new: Content) -> Change.Kind | None:
    if old is None:
        return Change.Kind.QUESTION_ADDED
    if shape_of(old) != shape_of(new):
        return Change.Kind.SCALE_CHANGED
    old_words, new_words = dict(words_of(old)), dict(words_of(new))
    if any(new_words.get(place) != text for place, text in old_words.items()):
        return Change.Kind.REWORDED
    if any(place not in old_words for place in new_words):
        return Change.Kind.LANGUAGE_ADDED
    return None


def shape_of(question: Content) -> tuple:
    """What an answer can be: kind, points, choices and items; not their words."""
    scale = question.get("scale") or {"code": None, "points": []}
    return (
        question["kind"],
        scale["code"],
        tuple((point["code"], point["value"]) for point in scale["points"]),
        tuple(choice["code"] for choice in question.get("choices", [])),
        tuple(item["code"] for item in question.get("items", [])),
        question["not_for_me"],
        question["dont_know"],
    )


def words_of(question: Content) -> Iterable[tuple[tuple[str, ...], str]]:
    """((place, language), text) of everything a respondent reads, sees and hears of a question."""
    places = {"text": question["text"], "help": question["help"]}
    for kind, label in (("choices", "text"), ("items", "text")):
        places |= {f"{kind}.{row['code']}": row[label] for row in question.get(kind, [])}
    places |= {
        f"scale.{point['code']}": point["label"] for point in question.get("scale", {}).get("points", [])
    }
    for place, by_language in places.items():
        for language, text in by_language.items():
            yield (place, language), text
    for kind, by_language in question.get("clips", {}).items():
        for language, clip in by_language.items():
            yield (f"clip.{kind}", language), f"{clip['file']} {clip.get('alt', '')}"
