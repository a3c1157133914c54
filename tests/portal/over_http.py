"""Somebody at the pages of a running portal without a browser: keeps cookies, fills in the form that is there, sends it."""

import http.client
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar

Fields = dict[str, list[str]]
PATIENCE_SECONDS = 600
FAULT = re.compile(r'class="(?:errorlist|errornote)[^"]*"[^>]*>(.{0,300})', re.S)


class WrongPage(AssertionError):
    """What was asked for is not what came back."""


@dataclass
class Form:
    action: str = ""
    fields: Fields = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    choices: Fields = field(default_factory=dict)
    """Of radio buttons, boxes and lists: every value that could be sent."""
    typed: set[str] = field(default_factory=set)


class Forms(HTMLParser):
    """Every form of a page as a browser would send it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.name, self.text, self.is_open = "", "", False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("action", "")))
            self.is_open = True
        elif self.is_open:
            getattr(self, f"_{tag}", lambda _given: None)(given)

    def _input(self, given: dict[str, str]) -> None:
        form, name, value = self.found[-1], given.get("name", ""), given.get("value", "")
        kind = given.get("type", "text")
        if kind == "submit":
            self._button(given)
        if not name or kind in {"submit", "image", "button", "reset", "file"}:
            return
        if kind in {"radio", "checkbox"}:
            form.choices.setdefault(name, []).append(value or "on")
            if "checked" in given:
                form.fields.setdefault(name, []).append(value or "on")
            return
        if kind != "hidden":
            form.typed.add(name)
        form.fields.setdefault(name, []).append(value)

    def _button(self, given: dict[str, str]) -> None:
        self.found[-1].buttons.append((given.get("name", ""), given.get("value", "")))

    def _textarea(self, given: dict[str, str]) -> None:
        self.name, self.text = given.get("name", ""), ""
        self.found[-1].typed.add(self.name)

    def _select(self, given: dict[str, str]) -> None:
        self.name = given.get("name", "")

    def _option(self, given: dict[str, str]) -> None:
        value = given.get("value", "")
        self.found[-1].choices.setdefault(self.name, []).append(value)
        if "selected" in given:
            self.found[-1].fields.setdefault(self.name, []).append(value)

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.is_open:
            self.found[-1].fields.setdefault(self.name, []).append(self.text.removeprefix("\n"))
        self.is_open = self.is_open and tag != "form"


class Visitor:
    """`sender` is the address that the proxy in front would name."""

    def __init__(self, port: int, sender: str = "192.0.2.1") -> None:
        self.base, self.sender = f"http://localhost:{port}", sender
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self.page, self.path, self.seconds = "", "", 0.0

    def get(self, path: str) -> "Visitor":
        return self._ask(path, None)

    def post(self, path: str, fields: Fields) -> "Visitor":
        return self._ask(path, urllib.parse.urlencode(fields, doseq=True).encode())

    def form(self, holding: str) -> Form:
        """The form of the page that has a field or a button of this name."""
        for form in Forms(self.page).found:
            if holding in form.fields or holding in form.choices or holding in dict(form.buttons):
                return form
        raise WrongPage(f"{self.path} has no form with {holding}")

    def send(self, holding: str, **changed: str | list[str]) -> "Visitor":
        """As it stands, with what was changed; double underscores are hyphens."""
        form = self.form(holding)
        named = {name.replace("__", "-"): value for name, value in changed.items()}
        fields = form.fields | {
            name: value if isinstance(value, list) else [value] for name, value in named.items()
        }
        self.post(urllib.parse.urljoin(self.path, form.action) if form.action else self.path, fields)
        if faults := FAULT.findall(self.page):
            raise WrongPage(f"{self.path} was not taken: {faults}")
        return self

    def says(self, words: str) -> "Visitor":
        if words not in self.page:
            raise WrongPage(f"{self.path} does not say “{words}”")
        return self

    def sign_in(self, name: str, password: str) -> "Visitor":
        self.get("/en/account/login/").send("password", login=name, password=password)
        if "/admin/" not in self.path:
            raise WrongPage(f"{name} cannot sign in")
        return self

    def _ask(self, path: str, body: bytes | None) -> "Visitor":
        headers = {"X-Forwarded-For": self.sender, "Referer": self.base + (self.path or "/")}
        request = urllib.request.Request(self.base + path, data=body, headers=headers)
        began_at = time.monotonic()
        try:
            with self.opener.open(request, timeout=PATIENCE_SECONDS) as reply:
                self.page = reply.read().decode()
                self.path = urllib.parse.urlparse(reply.url).path
        except urllib.error.HTTPError as error:
            raise WrongPage(f"{path}: {error.code} {error.read().decode()[:300]}") from None
        except http.client.HTTPException as error:
            raise WrongPage(f"{path}: {error!r}") from None
        self.seconds = time.monotonic() - began_at
        return self
