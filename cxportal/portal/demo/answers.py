"""Filled questionnaires: the given margins where a figure was published, elsewhere what somebody so content would say."""

import random
from collections.abc import Mapping
from typing import Any

from cxportal.portal.demo.voices import VOICES, Voice
from surveys.answering import Given, final
from surveys.questionnaire import ASKS_REASONS_AFTER, Content, Form, Questionnaire, exclusive_of, fields_of

NOISE = 0.22
LEFT_EMPTY = 0.04
TONE_OF = (("negative", 0.4), ("neutral", 0.6), ("positive", 1.1))


class Filler:
    """Fills in one questionnaire for people of whom it is known how content they are, from 0 to 1."""

    def __init__(self, content: Content, dice: random.Random, *, writes: float):
        self.questionnaire, self.dice, self.writes = Questionnaire(content), dice, writes
        self.fields = [
            (asked.question, field)
            for page in self.questionnaire.pages()
            for asked in page.asked
            for field in fields_of(asked)
        ]

    def filled(self, content: float, language: str, given: Mapping[str, str]) -> Content:
        """What the ballot box takes. `given`: field -> code, for what must be answered so."""
        answers = self._anything(content, language) | {name: [code] for name, code in given.items()}
        return final(self.questionnaire, answers)

    def _anything(self, content: float, language: str) -> Given:
        found: Given = {}
        for question, field in self.fields:
            if field.name.endswith((":skip", ".other")):
                continue
            if question["kind"] != "ranking" and self.dice.random() < LEFT_EMPTY:
                continue
            if codes := self._codes(question, field, content, language):
                found[field.name] = codes
        for question in self.questionnaire.questions.values():
            if question["kind"] == "ranking":
                found |= self._ranks(question)
        return found

    def _codes(self, question: Content, field: Any, content: float, language: str) -> list[str]:
        kind = question["kind"]
        if kind == "ranking":
            return []
        if field.form == Form.TYPED:
            return self._typed(question, content, language)
        if field.form == Form.MANY or kind == "single":
            return self._chosen(question, field.form)
        return [self._point(question, content)]

    def _point(self, question: Content, content: float) -> str:
        points = question["scale"]["points"]
        if question["kind"] in ASKS_REASONS_AFTER or len(points) == 2:
            good = [point["code"] for point in points if point["favourable"]]
            others = [point["code"] for point in points if not point["favourable"]]
            is_good = self.dice.random() < 0.45 + 0.5 * content
            return self.dice.choice((good if is_good else others) or [point["code"] for point in points])
        place = min(max(self.dice.gauss(content, NOISE), 0), 0.999)
        if question["scale"].get("high_is_good") is False:
            place = 0.999 - place
        return points[int(place * len(points))]["code"]

    def _chosen(self, question: Content, form: Form) -> list[str]:
        """The first choices more often than the last, as in most lists."""
        codes = [choice["code"] for choice in question["choices"] if not choice["exclusive"]]
        weights = [1 / (place + 1.5) for place in range(len(codes))]
        times = 1 if form == Form.ONE else self.dice.randint(1, 3)
        return list(dict.fromkeys(self.dice.choices(codes, weights, k=times)))

    def _ranks(self, question: Content) -> Given:
        codes = [
            choice["code"] for choice in question["choices"] if choice["code"] not in exclusive_of(question)
        ]
        wanted = sorted(codes, key=lambda code: codes.index(code) + self.dice.gauss(0, 2))
        return {f"{question['code']}.{code}": [str(rank)] for rank, code in enumerate(wanted, 1)}

    def _typed(self, question: Content, content: float, language: str) -> list[str]:
        if question["kind"] == "number":
            low, high = (question["low"] or 0), (question["high"] or 20)
            return [str(round(low + (high - low) * self.dice.betavariate(1.2, 5)))]
        if self.dice.random() > self.writes:
            return []
        found = said_in(language, content)
        return [self.dice.choice(found).text[: question["max_length"]]] if found else []


def said_in(language: str, content: float) -> list[Voice]:
    tone = next(name for name, below in TONE_OF if content < below)
    own = [voice for voice in VOICES if voice.language == language]
    return [voice for voice in own if voice.tone == tone] or own
