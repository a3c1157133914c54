"""A respondent without a browser: opens a link, fills in the form it finds, presses a button."""

import html
import re
from dataclasses import dataclass, field

from django.test import Client

from cxportal.organisation.models import Language
from surveys import waves
from surveys.models import Collector, Wave
from tests.factories import CollectorFactory, SurveyFactory, VersionFactory
from tests.surveys.contents import Content, digest_of

INPUT = re.compile(r"<input\b[^>]*>")
ATTRIBUTE = re.compile(r'([a-z-]+)(?:="([^"]*)")?')
TEXTAREA = re.compile(r'<textarea[^>]*\bname="([^"]*)"[^>]*>\n?(.*?)</textarea>', re.S)
SELECT = re.compile(r'<select[^>]*\bname="([^"]*)"[^>]*>(.*?)</select>', re.S)


def open_survey(
    content: Content, *, languages=("en", "ar"), kind="link", collector=None, **wave
) -> Collector:
    """A wave of this content that is open, with one way in. Its languages need not be complete or read."""
    for position, code in enumerate(languages):
        Language.objects.update_or_create(code=code, defaults={"is_offered": True, "position": position})
    version = VersionFactory(survey=SurveyFactory(), content=content, digest=digest_of(content))
    way = CollectorFactory(
        wave=Wave.objects.create(
            survey=version.survey,
            version=version,
            code=f"wave_{version.pk}",
            name="Wave",
            **wave,
        ),
        kind=kind,
        **(collector or {}),
    )
    way.wave = waves.open_wave(wave=way.wave, by=None)
    way.wave.languages = list(languages)
    way.wave.save()
    return way


def hidden_and_filled(page: str) -> dict[str, list[str]]:
    """Everything a browser would post from this page as it stands."""
    form = page[page.index("<form") : page.index("</form>")] if "<form" in page else ""
    fields: dict[str, list[str]] = {}
    for tag in INPUT.findall(form):
        attributes = {name: html.unescape(value) for name, value in ATTRIBUTE.findall(tag[6:-1])}
        is_tick = attributes.get("type") in {"radio", "checkbox"}
        if "name" in attributes and (not is_tick or "checked" in attributes):
            fields.setdefault(attributes["name"], []).append(attributes.get("value", ""))
    for name, text in TEXTAREA.findall(form):
        fields[name] = [html.unescape(text)]
    for name, options in SELECT.findall(form):
        chosen = re.findall(r"<option selected>([^<]*)", options)
        fields[name] = chosen or [""]
    return fields


@dataclass
class Respondent:
    """Walks through a survey as a browser without script would."""

    address: str
    client: Client = field(default_factory=Client)
    page: str = ""
    status: int = 0

    def open(self, rest: str = "answer/", **more) -> "Respondent":
        return self._take(self.client.get(f"{self.address}{rest}", **more))

    def press(self, go: str = "next", to: str | None = None, **answers) -> "Respondent":
        """Fill in `answers` (names without "q.", dots as double underscores) and press a button."""
        fields = hidden_and_filled(self.page)
        for name, value in answers.items():
            named = f"q.{name.replace('__', '.')}" if name not in {"helped", "receipt", "website"} else name
            fields[named] = value if isinstance(value, list) else [value]
        return self.post(fields | {"go": [go]}, to)

    def post(self, fields: dict, to: str | None = None) -> "Respondent":
        address = to or self.form_address()
        return self._take(self.client.post(address, fields))

    def form_address(self) -> str:
        found = re.search(r'<form[^>]*action="([^"]*)"', self.page)
        return found[1] if found else f"{self.address}answer/"

    def _take(self, response) -> "Respondent":
        if response.status_code in {302, 303}:
            response = self.client.get(response.headers["Location"])
        self.page, self.status = response.content.decode(), response.status_code
        return self

    @property
    def title(self) -> str:
        return html.unescape(re.search(r"<title[^>]*>([^<]*)", self.page)[1])

    @property
    def filled(self) -> dict[str, list[str]]:
        fields = hidden_and_filled(self.page)
        return {name[2:]: values for name, values in fields.items() if name.startswith("q.") and any(values)}
