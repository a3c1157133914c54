"""What review forgets. Each rule names the place that breaks it."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models

from cxportal.organisation.admin_base import ScopedAdmin

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ["cxportal", "surveys", "panels", "feedback", "actions"]
PYTHON = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
TEMPLATES = [
    path for room in ROOMS for path in sorted((ROOT / room).rglob("templates/**/*.*")) if path.is_file()
]
PAGES = [path for path in TEMPLATES if path.suffix == ".html"]
OWN_APPS = {"organisation", "dispatch", "keys", "portal", "surveys", "panels", "feedback", "actions"}

# Django, the admin and allauth look these up by themselves.
FOUND_BY_NAME = ("admin/", "account/", "mfa/", "allauth/", "registration/", "django/", "dispatch/mail/")
NAMED_BY_A_PATTERN = {  # surveys/views/paper.py
    f"surveys/paper/{name}.html" for name in ["batch", "batches", "discard", "rate", "settle", "sheet"]
}
FOUND_AT_TOP = {"400.html", "403.html", "404.html", "429.html", "500.html"}

# Views that take a POST without the cookie's token, each with what guards it instead.
WITHOUT_COOKIE_TOKEN = {
    "cxportal/dispatch/views.py:one_click_unsubscribe": "a signed token in the address (RFC 8058)",
    "cxportal/dispatch/views.py:sms_report": "an HMAC over the body",
    "actions/views/request.py:adjustment": "a signed link; a body outside has no cookie to protect",
    "surveys/views/announcements.py:about": "a signed form key; whoever declines has no cookie to protect",
    "panels/api.py:contacts": "a key in the header; a system of the agency has no cookie",
    "panels/views/membership.py:join": "a signed form key",
    "panels/views/membership.py:confirm": "a sealed link",
    "panels/views/membership.py:preferences": "a signed link",
    "cxportal/portal/views/receipt.py:receipt": "the code itself; a visitor has no cookie to protect",
    "feedback/views/tell.py:tell": "a signed form key; a visitor has no cookie to protect",
    "surveys/views/respond.py:open_link": "a signed form key; a respondent has no cookie to protect",
    "surveys/views/respond.py:personal_link": "a signed form key; a respondent has no cookie to protect",
}


def place(path: Path, number: int | None = None) -> str:
    return f"{path.relative_to(ROOT)}" + (f":{number}" if number else "")


def lines_with(pattern: str, paths: list[Path], *, but_not_in: tuple[str, ...] = ()) -> list[str]:
    found = re.compile(pattern)
    return [
        f"{place(path, number)} {line.strip()[:90]}"
        for path in paths
        if not place(path).startswith(but_not_in)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if found.search(line)
    ]


def test_only_dispatch_writes_to_people():
    writes = r"(?<!def )\b(send_mail|send_mass_mail|mail_admins|mail_managers|EmailMessage|EmailMultiAlternatives|smtplib)\b"
    assert lines_with(writes, PYTHON, but_not_in=("cxportal/dispatch/",)) == []


def test_no_module_is_a_drawer_for_everything():
    drawers = {"utils.py", "helpers.py", "services.py", "common.py", "misc.py"}
    assert [place(path) for path in PYTHON if path.name in drawers] == []


def test_no_file_is_empty():
    empty = [place(path) for path in [*PYTHON, *TEMPLATES] if path.stat().st_size == 0]
    assert [path for path in empty if not path.endswith("migrations/__init__.py")] == []


def test_rooms_do_not_signal_each_other():
    assert lines_with(r"django\.db\.models\.signals|@receiver|Signal\(", PYTHON) == []


def test_pages_carry_no_inline_script_or_style():
    inline = r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=[\"']|javascript:"
    rooms = ("cxportal/dispatch", "cxportal/portal", "feedback", "panels", "actions")
    mail = tuple(f"{room}/templates/dispatch/mail/" for room in rooms)
    assert lines_with(inline, PAGES, but_not_in=mail) == []


def test_every_whole_page_says_its_language_and_direction():
    whole = [path for path in PAGES if "<html" in path.read_text()]
    silent = [
        place(path) for path in whole if not re.search(r"<html[^>]*\blang=[^>]*\bdir=", path.read_text())
    ]
    assert whole
    assert silent == []


VISIBLE_ATTRIBUTES = re.compile(
    r"""\b(?:alt|title|placeholder|aria-label)=(["'])([^"'{]*[A-Za-z]{2}[^"'{]*)\1"""
)


def words_without_translation(text: str) -> list[str]:
    """What stands between the tags of a template and is neither marked for translation nor a variable."""
    text = re.sub(r"{%\s*comment.*?endcomment\s*%}|{#.*?#}|<!--.*?-->", "", text, flags=re.S)
    text = re.sub(r"{%\s*block bodyclass\s*%}.*?{%\s*endblock", "", text, flags=re.S)
    text = re.sub(r"{%\s*blocktrans.*?endblocktrans\w*\s*%}", "", text, flags=re.S)
    attributes = [
        match.group(2) for match in VISIBLE_ATTRIBUTES.finditer(re.sub(r"{%.*?%}|{{.*?}}", "{", text))
    ]
    text = re.sub(r"<(script|style|svg|code|kbd|bdi)\b.*?</\1>", "", text, flags=re.S)
    text = re.sub(r"{%.*?%}|{{.*?}}", "", text, flags=re.S)
    text = re.sub(r"<[^>]*>", "\n", text, flags=re.S)
    text = re.sub(r"&[a-z]+;|&#\d+;", "", text)
    text = re.sub(r'[a-z-]+="[^"]*"', "", text)  # a part that holds nothing but attributes
    return attributes + [line.strip() for line in text.splitlines() if re.search(r"[A-Za-z]{2}", line)]


def test_the_search_for_unmarked_words_finds_one():
    assert words_without_translation('<p title="Now">{% translate "Hello" %} <b>there</b></p>') == [
        "Now",
        "there",
    ]


@pytest.mark.parametrize("path", PAGES, ids=place)
def test_every_visible_word_is_marked_for_translation(path):
    assert words_without_translation(path.read_text()) == []


def test_every_template_is_used():
    everything = "\n".join(
        path.read_text() for path in [*PYTHON, *TEMPLATES] if "/migrations/" not in str(path)
    )
    names = [str(path).partition("/templates/")[2] for path in TEMPLATES]
    unused = [
        name
        for name in names
        if not name.startswith(FOUND_BY_NAME)
        and name not in FOUND_AT_TOP
        and f'"{name}"' not in everything
        and name not in NAMED_BY_A_PATTERN
    ]
    assert unused == []


def views_without_cookie_token() -> set[str]:
    found = set()
    for path in PYTHON:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                exempt = any("csrf_exempt" in ast.unparse(decorator) for decorator in node.decorator_list)
                if exempt:
                    found.add(f"{place(path)}:{node.name}")
    return found


def test_views_without_the_cookie_token_are_listed_with_their_guard():
    assert views_without_cookie_token() == set(WITHOUT_COOKIE_TOKEN)


def test_every_admin_is_scoped():
    unscoped = [
        model._meta.label for model, page in admin.site._registry.items() if not isinstance(page, ScopedAdmin)
    ]
    assert unscoped == []


PERSONAL = re.compile(
    r"^(username|first_name|last_name|full_name|email|contact_email|phone|address\w*|name_of_\w+|ip\w*|text|comment|"
    r"reply|last_login|decided_by|read_by|actor|data|subject|birth\w*|organisation_name)$"
)
NAMES_A_THING = {
    "organisation.Agency.contact_email",
    "surveys.Question.text",
    "surveys.Item.text",
    "surveys.Choice.text",
    "surveys.Collector.address",
    "panels.Wording.text",
    "panels.MailingText.subject",
    "actions.Milestone.text",
}


def test_every_column_of_personal_data_stands_in_the_retention_table():
    table = (ROOT / "docs" / "retention.md").read_text()
    columns = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in OWN_APPS
        for field in model._meta.get_fields()
        if isinstance(field, models.Field) and PERSONAL.match(field.name)
    ]
    assert columns
    assert [column for column in columns if column not in NAMES_A_THING and f"`{column}`" not in table] == []


def test_requirements_name_no_host():
    assert lines_with(r"://|--index|--find-links", sorted((ROOT / "requirements").glob("*.txt"))) == []


def test_no_path_of_a_machine_stands_in_the_code():
    anywhere = [
        *PYTHON,
        *TEMPLATES,
        *sorted((ROOT / "scripts").glob("*")),
        *sorted((ROOT / "docs").rglob("*.md")),
    ]
    assert lines_with(r"/(?:home|root|Users)/\w", anywhere) == []
