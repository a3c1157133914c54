import re
from html.parser import HTMLParser

import pytest
from django.template import engines
from django.utils import translation

from cxportal.dispatch.models import Message
from cxportal.dispatch.rendering import UnknownTemplate, message_templates, register_template, render
from cxportal.dispatch.unsubscribe import Wish, read_token
from cxportal.keys import store
from cxportal.organisation.models import Agency

pytestmark = pytest.mark.django_db

SOMEBODY = "5b" * 32


@pytest.fixture(autouse=True)
def _key(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"
    store.get_or_create("suppression")


@pytest.fixture(autouse=True)
def _agency():
    Agency.objects.create(
        name_en="Service Agency",
        name_ar="وكالة الخدمات",
        contact_address="1 North Street\n00100 Helsinki",
        contact_email="cx@agency.example",
    )


def message(template="notice", **fields):
    fields = {
        "channel": "email",
        "language": "en",
        "address": "a@mail.example",
        "address_hash": SOMEBODY,
    } | fields
    fields.setdefault("data", {"title": "Two actions are late", "paragraphs": ["Phone menu.", "Signs."]})
    return Message(template=template, **fields)


def test_notice_in_plain_text():
    rendered = render(
        message(data={"title": "Late", "paragraphs": ["One.", "Two."], "link": "https://cx.example/a"})
    )
    assert rendered.subject == "Late"
    assert rendered.text == (
        "Late\n\nOne.\n\nTwo.\n\nOpen the page:\nhttps://cx.example/a\n\n"
        "--\nYou get this message because you work with the portal.\n\n"
        "Service Agency\n1 North Street\n00100 Helsinki\ncx@agency.example\n"
    )


def test_right_to_left_mail_is_laid_out_from_the_right():
    html = render(message(language="ar")).html
    assert '<html lang="ar" dir="rtl">' in html
    assert html.count('align="right"') == 3
    assert 'align="left"' not in html
    assert '<bdi lang="ar" dir="rtl">وكالة الخدمات</bdi>' in html


def test_agency_without_a_name_in_the_language_keeps_the_language_of_its_name():
    assert '<bdi lang="en" dir="ltr">Service Agency</bdi>' in render(message(language="fa")).html


def test_language_that_is_not_known_falls_back_to_the_source():
    rendered = render(message(language="tlh"))
    assert '<html lang="en" dir="ltr">' in rendered.html
    assert rendered.headers["Content-Language"] == "en"


def test_rendering_leaves_the_language_of_the_thread_alone():
    with translation.override("fi"):
        render(message(language="ar"))
        assert translation.get_language() == "fi"


def test_value_from_data_is_escaped_in_html_and_not_in_text():
    rendered = render(
        message(data={"title": "<b>Tom & Jerry</b>", "paragraphs": ["<script>alert(1)</script>"]})
    )
    assert rendered.subject == "<b>Tom & Jerry</b>"
    assert "<script>" in rendered.text
    assert "<script>" not in rendered.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in rendered.html
    assert "<title>&lt;b&gt;Tom &amp; Jerry&lt;/b&gt;</title>" in rendered.html


@pytest.mark.parametrize(
    "sign", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1e", "\x85", "\u2028", "\u2029", "\x00"]
)
def test_line_break_in_data_cannot_begin_a_header(sign):
    rendered = render(message(data={"title": f"Late{sign}Bcc: other@mail.example", "paragraphs": []}))
    assert rendered.subject == "Late Bcc: other@mail.example"
    assert not [
        value for value in rendered.headers.values() if re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", value)
    ]


def test_subject_is_cut_to_a_length_that_mail_programs_show():
    assert render(message(data={"title": "x" * 5000, "paragraphs": []})).subject == "x" * 200


def test_data_cannot_put_its_own_link_in_place_of_the_one_to_unsubscribe():
    data = {"title": "Late", "paragraphs": [], "unsubscribe_url": "https://evil.example", "agency": "Evil"}
    rendered = render(message(data=data))
    assert "evil" not in (rendered.html + rendered.text).lower()


def test_message_with_a_scope_can_be_unsubscribed_from_by_header_and_by_line(settings):
    settings.BASE_URL = "https://cx.example"
    rendered = render(message(unsubscribe_scope="panel:3"))
    link = rendered.headers["List-Unsubscribe"].strip("<>")
    assert link.startswith("https://cx.example/en/")
    assert read_token(link.removesuffix("/").rpartition("/")[2]) == Wish(SOMEBODY, "panel:3")
    assert rendered.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f'href="{link}"' in rendered.html
    assert link in rendered.text


def test_message_without_a_scope_offers_no_unsubscribing():
    rendered = render(
        message("account.password_reset", data={"username": "a", "link": "https://x", "hours": 1})
    )
    assert rendered.headers == {"Content-Language": "en", "Auto-Submitted": "auto-generated"}
    assert "Stop all such messages" not in rendered.html + rendered.text


def test_unsubscribe_link_holds_no_address():
    rendered = render(message(unsubscribe_scope="panel:3", address="maija.meikalainen@mail.example"))
    assert "maija" not in rendered.html + rendered.text + str(rendered.headers)


def test_text_message_is_its_text_alone():
    rendered = render(message("test", channel="sms", data={}))
    assert (rendered.subject, rendered.text, rendered.html) == (
        "",
        "Test from Service Agency: text messages arrive.",
        "",
    )


@pytest.mark.parametrize(("template", "channel"), [("nothing_like_it", "email"), ("notice", "sms")])
def test_template_nobody_registered_is_said_so(template, channel):
    with pytest.raises(UnknownTemplate):
        render(message(template, channel=channel))


class _Outside(HTMLParser):
    """Everything in a mail that would be fetched without a click."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag in {"img", "script", "link", "iframe", "object", "video", "audio", "source", "base", "form"}:
            self.found.append(tag)
        self.found += [f"{tag} {name}" for name, value in attrs if name in {"src", "background", "srcset"}]


@pytest.mark.parametrize("code", [template.code for template in message_templates()])
@pytest.mark.parametrize("language", ["en", "ar", "th"])
def test_mail_fetches_nothing_when_it_is_opened(code, language):
    template = next(template for template in message_templates() if template.code == code)
    html = render(
        message(code, language=language, data=template.sample_data, unsubscribe_scope="panel:1")
    ).html
    parser = _Outside()
    parser.feed(html)
    assert parser.found == []
    assert "url(" not in html
    assert "@import" not in html


@pytest.mark.parametrize("code", [template.code for template in message_templates()])
def test_sample_holds_every_value_its_template_prints(code, monkeypatch):
    """A value that is not there would leave a hole in a sentence, for every person who gets the message."""
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", "[no %s]")
    template = next(template for template in message_templates() if template.code == code)
    rendered = render(message(code, data=template.sample_data))
    assert re.findall(r"\[no [^\]]*\]", rendered.subject + rendered.text + rendered.html) == []


def test_link_of_a_button_stands_in_the_text_as_well():
    link = "https://cx.example/reset/abc/"
    rendered = render(message("account.password_reset", data={"username": "a", "link": link, "hours": 2}))
    assert f"\n{link}\n" in rendered.text
    assert "The link works once. It ends after 2 h." in rendered.text


def test_template_registered_twice_is_the_later_one():
    register_template("test.only_here", name="Old", sample={})
    register_template("test.only_here", name="New", sample={"a": 1})
    found = [template for template in message_templates() if template.code == "test.only_here"]
    assert [(template.name, template.sample_data) for template in found] == [("New", {"a": 1})]
