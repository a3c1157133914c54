"""Anything at all is posted: never an error page of ours, and nothing a person typed is lost."""

import html
import random
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import pytest
from django.test import Client

from surveys import carried, form_key
from surveys.answering import usable
from surveys.models import Collector, Submission
from surveys.questionnaire import Form, Questionnaire
from tests.surveys.contents import content, every_kind, long_text, number, rating, short_text
from tests.surveys.respondent import hidden_and_filled, open_survey

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hurried_respondents")]

BAD = {"question": "overall", "op": "at_most", "value": 2}
OWN_NASTIES = [
    "",
    " ",
    "\x00",
    "\ufffe\uffff",
    "‮rtl",
    "%s%n{0}{{x}}{% x %}",
    "' OR 1=1 --",
    "</textarea><script>alert(1)</script>",
    "a" * 5000,
    "😀" * 700,
    "-1e309",
    "٣",
    ":empty",
    ":given",
    "\x02state\x03",
    "0" * 300,
]
BROKEN_UTF8 = ["%ff%fe", "%c3%28", "%ed%a0%80", "%f0%9f", "%00", "%", "%zz"]


def surveys() -> list[Questionnaire]:
    asked = [rating("overall", required=True), number("visits", 0, 9, required=True)]
    later = [long_text("why", shown_if=BAD, required=True), short_text("city", max_length=12)]
    return [Questionnaire(every_kind()), Questionnaire(content(asked, later))]


class Fuzz:
    """Posts forms that are partly right, so that they get far enough to do harm."""

    def __init__(self, seed: int, nasty: list[str]):
        self.rng = random.Random(seed)
        self.nasty = [*OWN_NASTIES, *nasty]
        self.client = Client(raise_request_exception=False)
        self.surveys = [(one, open_survey(one.content)) for one in surveys()]
        self.page = ""

    def post(self) -> tuple[dict[str, str], object]:
        """One post: what was typed into the texts of its page, and the answer."""
        rng = self.rng
        questionnaire, way = rng.choice(self.surveys)
        is_simple = rng.random() < 0.2
        address = f"/{rng.choice(['en', 'ar', 'fi'])}/s/{way.address}/{'easy' if is_simple else 'answer'}/"
        fields = self.state_of_a_form(way, address)
        pages = questionnaire.pages(is_simple=is_simple)
        number = rng.randrange(len(pages))
        fields["page"] = [rng.choice([str(number)] * 12 + ["check", "-1", "99999", "x", "", "٣"])]
        typed = self.fill_in(fields, pages[number])
        fields["go"] = [rng.choice(["next"] * 8 + ["back", "stop", "stay", "mode", "send", "", "nonsense"])]
        for name in rng.choices(["lang", "change", "helped", "receipt", "q.elsewhere", "csrf", "q."], k=2):
            if rng.random() < 0.2:
                fields[name] = [rng.choice(["ar", "1", "-5", "yes", *self.nasty])]
        is_switch = fields["go"] == ["mode"]
        was_read = fields["page"] == [str(number)] and not is_switch and fields["go"] != ["stay"]
        response = self.client.post(
            address, self.encoded(fields), content_type="application/x-www-form-urlencoded"
        )
        return (typed if was_read else {}), response

    def state_of_a_form(self, way: Collector, address: str) -> dict[str, list[str]]:
        """A fresh form, one that was answered before, or one with a forged state."""
        if self.rng.random() < 0.5 or way.address not in self.page:
            self.page = self.client.get(address.replace("/fi/", "/en/")).content.decode()
        fields = {
            name: value for name, value in hidden_and_filled(self.page).items() if not name.startswith("q.")
        }
        if self.rng.random() < 0.15:
            fields[self.rng.choice(["key", "carried"])] = [self.rng.choice(self.nasty)]
        return fields

    def fill_in(self, fields: dict, page) -> dict[str, str]:
        typed = {}
        for name, field in page.fields.items():
            if self.rng.random() < 0.3:
                continue
            if field.form == Form.TYPED:
                typed[name] = self.rng.choice(self.nasty)
                fields[f"q.{name}"] = [typed[name]]
            else:
                codes = [*field.codes, self.rng.choice(self.nasty)]
                fields[f"q.{name}"] = self.rng.choices(codes, k=self.rng.choice([1, 1, 1, 3]))
        return typed

    def encoded(self, fields: dict[str, list[str]]) -> str:
        def pairs() -> Iterator[str]:
            for name, values in fields.items():
                for value in values:
                    yield f"{quote(name)}={quote_plus(value.encode(errors='replace'))}"
            if self.rng.random() < 0.1:
                yield f"q.junk={self.rng.choice(BROKEN_UTF8)}"

        return "&".join(pairs())


def all_that_is_kept(response) -> str:
    """Everything a person still has after a post: on the page, carried in it, or in the ballot box."""
    page = response.content.decode()
    fields = hidden_and_filled(page)
    kept = [html.unescape(page)]
    kept += [value for values in fields.values() for value in values]
    for way in Collector.objects.all():
        key = form_key.read(fields.get("key", [""])[0], str(way.pk))
        if key and fields.get("carried"):
            sheet = carried.unpack(fields["carried"][0], key)
            kept += [value for values in sheet.given.values() for value in values]
    for submission in Submission.objects.all():
        kept += [text for _question, text in submission.content["texts"]]
        kept += [value for _question, value in submission.content["values"]]
    return "\n".join(kept)


def is_lost(name: str, typed: str, shown: dict[str, list[str]], kept: str) -> bool:
    """Where its field is on the page, a text stands in it; else it is carried or stored."""
    text = usable(typed)
    if f"q.{name}" in shown:
        return shown[f"q.{name}"] != [text]
    return text.strip() not in kept


def run(posts: int, seed: int, nasty: list[str]) -> None:
    fuzz = Fuzz(seed, nasty)
    statuses = set()
    for _post in range(posts):
        typed, response = fuzz.post()
        statuses.add(response.status_code)
        page = response.content.decode()
        if response.status_code != 200:
            fuzz.page = ""
            continue
        fuzz.page = page
        shown = hidden_and_filled(page)
        if (
            "Thank you" not in page and shown
        ):  # once sent, a number that was none is dropped, as was announced
            kept = all_that_is_kept(response)
            assert [name for name, text in typed.items() if is_lost(name, text, shown, kept)] == []
        Submission.objects.all().delete()
    assert statuses <= {200, 302, 429}


@pytest.fixture
def naughty(request) -> list[str]:
    """Strings collected by others; where they are not lent, our own are enough."""
    try:
        samples = request.getfixturevalue("samples")
    except pytest.skip.Exception:
        return []
    lines = (samples / "contacts" / "naughty_strings.txt").read_text(errors="replace").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_2000_posts_of_anything_break_nothing_and_lose_nothing(naughty):
    run(2000, seed=11, nasty=naughty)


@pytest.mark.long
def test_50000_posts_of_anything_break_nothing_and_lose_nothing(naughty):
    run(50_000, seed=12, nasty=naughty)


@pytest.mark.parametrize("text", ["one\n\ntwo", "<b>&amp;", "täytä 😀", "'\"`", "\\0", "a" * 2000])
def test_a_text_that_was_sent_is_stored_as_it_was_typed(text):
    way = open_survey(content([long_text("why")]))
    client = Client()
    fields = hidden_and_filled(client.get(f"/en/s/{way.address}/answer/").content.decode())
    client.post(f"/en/s/{way.address}/answer/", fields | {"q.why": text, "go": "next"})
    assert Submission.objects.get().content["texts"] == [["why", text]]


@pytest.mark.parametrize(
    "body",
    [b"", b"&&&===", b"\xff\xfe\x00", b"key", b"page=check&go=send", b"q.why=" + b"x" * 100_000],
)
def test_a_broken_body_is_answered_with_a_page(body):
    way = open_survey(content([long_text("why")]))
    response = Client(raise_request_exception=False).post(
        f"/en/s/{way.address}/answer/", body, content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == 200
    assert b'id="survey"' in response.content
