"""Texts of a version in the language of a page, each with the language it is really in."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from django.urls import reverse

from cxportal.languages import LANGUAGES
from cxportal.organisation.texts import Text, direction_of
from surveys.questionnaire import (
    ASKS_REASONS_AFTER,
    Asked,
    Content,
    Questionnaire,
    other_of,
    reserved_of,
    scale_of,
)

TEMPLATES = {
    "rating": "surveys/questions/rating.html",
    "grid": "surveys/questions/grid.html",
    "single": "surveys/questions/choices.html",
    "multiple": "surveys/questions/choices.html",
    "yes_no": "surveys/questions/yes_no.html",
    "thumbs": "surveys/questions/yes_no.html",
    "ranking": "surveys/questions/ranking.html",
    "number": "surveys/questions/number.html",
    "short_text": "surveys/questions/text.html",
    "long_text": "surveys/questions/text.html",
    "information": "surveys/questions/information.html",
}
FACES_OF_THREE = {1: 2, 2: 3, 3: 4}
LONGEST_ROW_OF_WORDS = 5


def worded(texts: Mapping[str, str], language: str, source: str) -> Text:
    """In the language of the page, else in the language the survey was written in, else in any."""
    for code in (language, source, *LANGUAGES):
        if texts.get(code):
            return Text(texts[code], code, direction_of(code))
    return Text("", language, direction_of(language))


def promise_of(privacy: str, *, is_numbered: bool) -> str:
    """Which promise is true for this way in: only members of a panel have a secret number in a confidential wave."""
    return "unnumbered" if privacy == "confidential" and not is_numbered else privacy


class Option(NamedTuple):
    """Something to tick. `face` is the number of its drawing, 0 where there is none."""

    code: str
    label: Text
    face: int = 0
    asks_for_text: bool = False


class Row(NamedTuple):
    """One item of a grid."""

    place: str
    text: Text


class Picture(NamedTuple):
    """Beside the words of a question. `alt` says what it shows, in the language the picture is for."""

    address: str
    width: int
    height: int
    alt: Text


class Card(NamedTuple):
    """A question as its template shows it."""

    code: str
    kind: str
    template: str
    text: Text
    help: Text
    item: Text | None
    place: str
    look: str
    options: list[Option]
    reserved: tuple[str, ...]
    rows: list[Row]
    other: str | None
    reasons: list[Option]
    reasons_after: str
    ends: tuple[Text, Text] | None
    ranks: list[str]
    low: int | None
    high: int | None
    max_length: int
    picture: Picture | None
    audio: str
    """Address of the question read aloud in the language of the page; empty where nobody has recorded it."""

    @property
    def described_by(self) -> str:
        """Ids of what explains the question: its hint, and the words at the ends of a row of numbers."""
        ids = [f"h-{self.code}"] * bool(self.help.text) + [f"n-{self.code}"] * bool(self.ends)
        return " ".join(ids)


class Wording:
    """One version in one language."""

    def __init__(self, questionnaire: Questionnaire, language: str):
        self.content = questionnaire.content
        self.language = language
        self.source = self.content["source"]

    def text(self, texts: Mapping[str, str]) -> Text:
        return worded(texts, self.language, self.source)

    @property
    def title(self) -> Text:
        return self.text(self.content["title"])

    def part_title(self, number: int) -> Text:
        return self.text(self.content["parts"][number]["title"])

    def card(self, asked: Asked, *, is_simple: bool) -> Card:
        question, code = asked.question, asked.code
        is_alone = is_simple and asked.kind == "grid"
        kind = "rating" if is_alone else asked.kind
        scale = scale_of(question, is_simple) if "scale" in question else None
        options = (
            self.points(scale) if scale and kind not in {"single", "multiple"} else self.choices(question)
        )
        takes_reasons = kind in ASKS_REASONS_AFTER and bool(question["choices"])
        return Card(
            code=code,
            kind=kind,
            template=TEMPLATES[kind],
            text=self.text(question["text"]),
            help=self.text(question["help"]),
            item=self.text(asked.items[0]["text"]) if is_alone else None,
            place=f"{code}.{asked.items[0]['code']}" if is_alone else code,
            look=look_of(scale) if scale else "",
            options=options,
            reserved=reserved_of(question),
            rows=[Row(f"{code}.{item['code']}", self.text(item["text"])) for item in asked.items],
            other=other_of(question) if question.get("choices") else None,
            reasons=self.choices(question) if takes_reasons else [],
            reasons_after=ASKS_REASONS_AFTER.get(kind, "") if takes_reasons else "",
            ends=self.ends(scale) if scale else None,
            ranks=[str(rank) for rank in range(1, len(question.get("choices", ())) + 1)],
            low=question.get("low"),
            high=question.get("high"),
            max_length=question.get("max_length", 0),
            picture=self.picture(question),
            audio=self.audio(question),
        )

    def picture(self, question: Content) -> Picture | None:
        """Of the language of the page, else of the language the survey was written in."""
        found = clips_of(question, "picture")
        for code in (self.language, self.source):
            if clip := found.get(code):
                alt = Text(clip["alt"], code, direction_of(code))
                return Picture(clip_address(clip["file"]), clip["width"], clip["height"], alt)
        return None

    def audio(self, question: Content) -> str:
        clip = clips_of(question, "audio").get(self.language)
        return clip_address(clip["file"]) if clip else ""

    def choices(self, question: Content) -> list[Option]:
        return [
            Option(choice["code"], self.text(choice["text"]), asks_for_text=choice["asks_for_text"])
            for choice in question.get("choices", ())
        ]

    def points(self, scale: Content) -> list[Option]:
        """Faces and words with the best on top where the survey says so; numbers from low to high."""
        points = [
            Option(point["code"], self.point_label(scale, point), face_of(scale, point))
            for point in scale["points"]
        ]
        is_yes_or_no = len(points) == 2
        turned = look_of(scale) != "numbers" and (self.content["best_first"] or is_yes_or_no)
        return points[::-1] if turned and scale["high_is_good"] else points

    def point_label(self, scale: Content, point: Content) -> Text:
        label = self.text(point["label"])
        number = str(point["value"])
        if look_of(scale) == "numbers" or not label.text:
            return Text(number, self.language, direction_of(self.language))
        return label

    def ends(self, scale: Content) -> tuple[Text, Text] | None:
        """The words at both ends of a row of numbers."""
        labels = [self.text(point["label"]) for point in scale["points"]]
        has_ends = look_of(scale) == "numbers" and labels[0].text and labels[-1].text
        return (labels[0], labels[-1]) if has_ends else None

    def falls_back(self, cards: Iterable[Card]) -> bool:
        """Whether a text of these cards is in another language than the page."""
        texts = (text for card in cards for text in texts_on(card))
        return any(text.text and text.language != self.language for text in texts)


def clips_of(question: Content, kind: str) -> Mapping[str, Any]:
    return question.get("clips", {}).get(kind, {})


def clip_address(file: str) -> str:
    """The same for everybody, and another one when the clip is another."""
    return reverse("survey_clip", args=[file])


def texts_on(card: Card) -> Iterator[Text]:
    yield from (card.text, card.help)
    yield from (option.label for option in [*card.options, *card.reasons])
    yield from (row.text for row in card.rows)


def look_of(scale: Content) -> str:
    """How the page draws it: faces, words in a row, words one below another, numbers, thumbs."""
    if scale["look"] == "words":
        return "words" if len(scale["points"]) <= LONGEST_ROW_OF_WORDS else "list"
    return scale["look"]


def face_of(scale: Content, point: Content) -> int:
    if scale["look"] != "faces":
        return 0
    return FACES_OF_THREE[point["value"]] if len(scale["points"]) == 3 else point["value"]
