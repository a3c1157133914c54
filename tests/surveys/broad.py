"""A published survey with a question of every kind, and an open wave of it."""

import copy

from surveys import publishing, waves
from surveys.models import Collector, Wave
from tests.factories import (
    ChoiceFactory,
    CollectorFactory,
    ContradictionFactory,
    ItemFactory,
    PartFactory,
    QuestionFactory,
    SurveyFactory,
    VersionFactory,
    WaveFactory,
)

_content: dict = {}


def broad_content(survey) -> dict:
    """Written once: freezing it anew for every test would take longer than the test."""
    if not _content:
        _content.update(written(survey))
    content = copy.deepcopy(_content) | {"survey": survey.code}
    if pairs := [pair.as_content() for pair in survey.contradictions.all()]:
        content["contradictions"] = pairs
    return content


def written(survey) -> dict:
    first, second = PartFactory(survey=survey, position=0), PartFactory(survey=survey, position=1)
    QuestionFactory(part=first, code="hello", kind="information", standard_scale="")
    QuestionFactory(part=first, code="overall", offers_not_for_me=True)
    grid = QuestionFactory(
        part=first, code="staff", kind="grid", standard_scale="agree5", offers_not_for_me=True
    )
    for item in ["polite", "clear", "quick", "fair"]:
        ItemFactory(question=grid, code=item)
    visited = QuestionFactory(part=first, code="visited", kind="yes_no", standard_scale="")
    ChoiceFactory(question=visited, code="far", text="Too far away")
    ChoiceFactory(question=visited, code="other", text="Something else", asks_for_text=True)
    asked_if_visited = {"question": "visited", "op": "equals", "value": "yes"}
    QuestionFactory(
        part=first,
        code="visits",
        kind="number",
        standard_scale="",
        low=0,
        high=99,
        shown_if=asked_if_visited,
        offers_dont_know=True,
    )
    ways = QuestionFactory(part=second, code="ways", kind="multiple", standard_scale="")
    for number in range(1, 12):
        ChoiceFactory(question=ways, code=f"way{number}", text=f"Way {number}")
    ChoiceFactory(question=ways, code="none", text="None of these", is_exclusive=True)
    likely = QuestionFactory(part=second, code="likely", standard_scale="recommend11")
    order = QuestionFactory(part=second, code="first", kind="ranking", standard_scale="")
    for choice in ["price", "speed"]:
        ChoiceFactory(question=order, code=choice, text=choice.title())
    QuestionFactory(part=second, code="town", kind="short_text", standard_scale="", max_length=50)
    QuestionFactory(part=second, code="why", comment=True, band_of=likely)
    return publishing.content_of(survey)


def broad_wave(by, *, contradictions: tuple = (), **wave) -> Wave:
    survey = SurveyFactory()
    for code, first, first_values, second, second_values in contradictions:
        ContradictionFactory(
            survey=survey,
            code=code,
            first_question=first,
            first_values=first_values,
            second_question=second,
            second_values=second_values,
        )
    version = VersionFactory(survey=survey, content=broad_content(survey))
    breakdowns = wave.pop("breakdowns", ["unit", "channel", "language", "assisted", "mode"])
    opened = WaveFactory(version=version, breakdowns=breakdowns, pairs=[], **wave)
    CollectorFactory(wave=opened, kind="link")
    return waves.open_wave(wave=opened, by=by)


def paper_collector(wave: Wave, **more) -> Collector:
    return CollectorFactory(wave=wave, kind="paper", channel="letter", **more)
