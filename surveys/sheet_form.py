"""A whole questionnaire as one form to be filled by keyboard: every answer has a key.

Where all codes of a question are numbers, the keys are the codes themselves, so that what stands on the paper is what
is typed. Other choices are numbered, and lettered after nine.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from string import ascii_lowercase
from typing import NamedTuple

from django.utils.translation import gettext as _

from cxportal.languages import LANGUAGES
from cxportal.organisation.texts import Text, direction_of
from surveys.answering import Given, Posted, Problem, posted_name, read_page
from surveys.paper_entry import HELPED, HELPED_CODES, LANGUAGE
from surveys.questionnaire import (
    DONT_KNOW,
    NOT_FOR_ME,
    Asked,
    Content,
    Field,
    Form,
    Questionnaire,
    fields_of,
    other_of,
)
from surveys.wording import look_of, worded

KEYS = "123456789" + ascii_lowercase
RESERVED_KEYS = {NOT_FOR_ME: "-", DONT_KNOW: "+"}


class Option(NamedTuple):
    code: str
    key: str
    label: Text
    is_chosen: bool = False


class Row(NamedTuple):
    """One thing to type. `form` is one, many, typed or long."""

    name: str
    form: str
    question: Text
    thing: Text | None
    number: str
    options: Sequence[Option] = ()
    value: str = ""
    problem: str = ""
    is_number: bool = False

    @property
    def posted_name(self) -> str:
        return posted_name(self.name)

    @property
    def is_chosen(self) -> bool:
        return any(option.is_chosen for option in self.options)


class Section(NamedTuple):
    title: Text
    rows: list[Row]


class SheetForm:
    """The form of one version, in the language of the page where there is one."""

    def __init__(self, content: Content, language: str, languages: Sequence[str]) -> None:
        self.questionnaire = Questionnaire(content)
        self.language, self.source = language, content["source"]
        self.languages = list(languages)

    def read(self, posted: Posted) -> Given:
        """What was typed. Nothing here can raise."""
        given: Given = {}
        for page in self.questionnaire.pages():
            given |= read_page(page, posted)
        for name, codes in ((LANGUAGE, self.languages), (HELPED, list(HELPED_CODES))):
            if chosen := [code for code in posted.getlist(posted_name(name)) if code in codes]:
                given[name] = chosen[-1:]
        return given

    def sections(self, given: Given, problems: Sequence[Problem] = ()) -> list[Section]:
        said = {problem.place: sentence_about(problem) for problem in problems}
        parts = self.questionnaire.content["parts"]
        first = Section(self._said(_("About this sheet")), list(self._beside(given)))
        return [first] + [
            Section(self._worded(parts[number]["title"]), list(self._rows(asked, given, said)))
            for number, asked in self._asked_by_part()
        ]

    def _asked_by_part(self) -> Iterator[tuple[int, list[Asked]]]:
        """On paper a part is one page, however long its grids are."""
        for number, pages in groupby(self.questionnaire.pages(), key=lambda page: page.part):
            yield number, [asked for page in pages for asked in page.asked]

    def rows_of(self, names: Sequence[str], given: Given) -> list[Row]:
        """The rows of some fields only."""
        wanted = set(names)
        return [row for section in self.sections(given) for row in section.rows if row.name in wanted]

    def in_words(self, row: Row, values: Sequence[str]) -> str:
        """What was typed at one place, to be read by a person."""
        labels = {option.code: option.label.text for option in row.options}
        return ", ".join(labels.get(value, value) for value in values)

    def _beside(self, given: Given) -> Iterator[Row]:
        languages = {
            code: Text(LANGUAGES[code].native_name, code, direction_of(code)) for code in self.languages
        }
        yield self._chosen_one(LANGUAGE, self._said(_("Language of the sheet")), languages, given)
        answers = {"yes": self._said(_("Yes")), "no": self._said(_("No"))}
        yield self._chosen_one(HELPED, self._said(_("Did somebody help?")), answers, given)

    def _chosen_one(self, name: str, question: Text, labels: Mapping[str, Text], given: Given) -> Row:
        return Row(name, "one", question, None, "", list(options_of(labels, given.get(name, []))))

    def _rows(self, asked: Sequence[Asked], given: Given, said: Mapping[str, str]) -> Iterator[Row]:
        order = {code: str(number) for number, code in enumerate(self._numbered(), 1)}
        for one in asked:
            for field in fields_of(one):
                yield self._row(one, field, order[one.code], given, said.get(field.name, ""))

    def _numbered(self) -> Iterator[str]:
        for code, question in self.questionnaire.questions.items():
            if question["kind"] != "information":
                yield code

    def _row(self, asked: Asked, field: Field, number: str, given: Given, problem: str) -> Row:
        values = given.get(field.name, [])
        question, thing = self._worded(asked.question["text"]), self._thing(asked, field)
        if field.form == Form.TYPED:
            form = "long" if asked.kind == "long_text" else "typed"
            is_number = asked.kind == "number"
            value = values[0] if values else ""
            return Row(field.name, form, question, thing, number, (), value, problem, is_number)
        options = list(options_of(self._labels(asked, field), values))
        return Row(field.name, field.form.value, question, thing, number, options, "", problem)

    def _thing(self, asked: Asked, field: Field) -> Text | None:
        """What the row is about beyond its question: one thing of a grid, the reasons, the text of “other”."""
        rest = field.name[len(asked.code) :]
        if not rest:
            return None
        if rest == ":skip":
            return self._said(_("Ticked instead of an answer"))
        name = rest.removeprefix(".")
        rows = [*asked.question.get("items", ()), *asked.question.get("choices", ())]
        own = next((row["text"] for row in rows if row["code"] == name), None)
        if own and asked.kind in {"grid", "ranking"}:
            return self._worded(own)
        if name == "other":
            other = next(row["text"] for row in rows if row["code"] == other_of(asked.question))
            return self._worded(other)
        return self._said(_("Reasons"))

    def _labels(self, asked: Asked, field: Field) -> dict[str, Text]:
        """Code -> label, in the order of the paper."""
        question = asked.question
        if asked.kind == "ranking" and not field.name.endswith(":skip"):
            ranks = range(1, len(question["choices"]) + 1)
            labels = {str(rank): self._said(str(rank)) for rank in ranks}
        elif asked.kind in {"single", "multiple"} or field.name.endswith(".reasons"):
            labels = {row["code"]: self._worded(row["text"]) for row in question["choices"]}
        elif "scale" in question:
            labels = {row["code"]: self._point(row) for row in self._points_in_order(question["scale"])}
        else:
            labels = {}
        reserved = {NOT_FOR_ME: _("Not for me"), DONT_KNOW: _("I do not know")}
        labels |= {code: self._said(word) for code, word in reserved.items()}
        return {code: label for code, label in labels.items() if code in field.codes}

    def _points_in_order(self, scale: Content) -> list[Content]:
        """As on the paper, which has the order of the respondents' page."""
        points = scale["points"]
        is_turned = look_of(scale) != "numbers" and (
            self.questionnaire.content["best_first"] or len(points) == 2
        )
        return points[::-1] if is_turned and scale["high_is_good"] else points

    def _point(self, point: Content) -> Text:
        label = self._worded(point["label"])
        return label if label.text else self._said(point["code"])

    def _worded(self, texts: Mapping[str, str]) -> Text:
        return worded(texts, self.language, self.source)

    def _said(self, text: str) -> Text:
        return Text(text, self.language, direction_of(self.language))


def options_of(labels: Mapping[str, Text], chosen: Sequence[str]) -> Iterator[Option]:
    plain = [code for code in labels if code not in RESERVED_KEYS]
    keys = dict(zip(plain, plain if all(code.isdecimal() for code in plain) else KEYS, strict=False))
    for code, label in labels.items():
        yield Option(code, RESERVED_KEYS.get(code) or keys.get(code, ""), label, code in chosen)


def sentence_about(problem: Problem) -> str:
    match problem.fault:
        case "no_number":
            return _("This is no number. Leave it empty if that is what stands on the paper.")
        case "out_of_range":
            return _(
                "This number cannot be answered here. Leave it empty if that is what stands on the paper."
            )
    return _("This text is too long by %(count)d characters. Shorten it.") % {"count": problem.too_many}
