import pytest
from django.template import engines

from cxportal.dispatch import rendering
from cxportal.dispatch.gateways import mail_merge
from cxportal.dispatch.gateways.mail_merge import merged_mail
from cxportal.dispatch.gateways.mime import mail_bytes
from cxportal.dispatch.rendering import register_template, render
from tests.factories import MessageFactory

pytestmark = pytest.mark.django_db
BASE = "http://localhost:8000"
SENDER = "noreply@agency.example"
DATE = "Sun, 22 Nov 2026 12:00:00 GMT"


@pytest.fixture(autouse=True)
def _nothing_kept():
    mail_merge._kept.clear()


@pytest.fixture(autouse=True)
def _one_moment(monkeypatch):
    monkeypatch.setattr(mail_merge, "mail_date", lambda: DATE)
    monkeypatch.setattr(mail_merge.time, "monotonic", lambda: 1.0)


def merged(messages):
    """The first is made by itself, the second makes the pieces, the others are put together from them."""
    return [merged_mail(message, sender=SENDER) for message in messages]


def each_by_itself(messages):
    return [mail_bytes(message, render(message), sender=SENDER, date=DATE) for message in messages]


def has_mould():
    return any(isinstance(kept, mail_merge.Mould) for kept in mail_merge._kept.values())


@pytest.fixture
def template(monkeypatch):
    """Registers a template whose files are given as texts."""

    def make(*, subject="Hello", text="Hello", html="<p>Hello</p>"):
        files = {"subject.txt": subject, "txt": text, "html": html}
        monkeypatch.setattr(
            rendering, "_file", lambda code, ending: engines["django"].from_string(files[ending]).template
        )
        monkeypatch.setitem(rendering._templates, "trial", None)
        register_template("trial", name="Trial", sample={})
        return "trial"

    return make


TOKENS = ("R4sNe0Vb", "0_-_-_-_", "Zz9zZz9z", "00000000", "11111111")


@pytest.mark.parametrize("language", ["en", "ar", "fi"])
@pytest.mark.parametrize("query", ["", "?a=1&b=2", "?answer=yes#part-2"])
def test_merged_mails_are_what_making_each_would_give(language, query):
    messages = [
        MessageFactory(
            language=language,
            unsubscribe_scope="panel:1",
            data={
                "title": "A < B",
                "paragraphs": ["x & y = Äiti", ".piste"],
                "link": f"{BASE}/en/{token}/{query}",
            },
        )
        for token in TOKENS
    ]
    assert merged(messages) == each_by_itself(messages)
    assert has_mould()


@pytest.mark.parametrize("indent", range(80))
def test_link_broken_over_lines_at_any_sign_is_put_together_again(template, indent):
    code = template(text=f"{'é' * (indent % 5)}{'x' * indent} {{{{ link }}}} end")
    messages = [
        MessageFactory(template=code, data={"link": f"{BASE}/answer/{token}?x={token}&y=1"})
        for token in TOKENS
    ]
    assert merged(messages) == each_by_itself(messages)
    assert has_mould()


def test_addresses_and_identifiers_of_any_length_have_their_place():
    addresses = ("a@x.example", f"{'long' * 15}@x.example", "a=b@x.example", "a&b@x.example")
    messages = [
        MessageFactory(address=address, message_id=f"<{'7' * (3 + number)}@cx.example>")
        for number, address in enumerate(addresses)
    ]
    assert merged(messages) == each_by_itself(messages)
    assert has_mould()


def test_text_of_a_mailing_is_rendered_for_few(monkeypatch):
    calls = []
    monkeypatch.setattr(mail_merge, "render", lambda message: calls.append(1) or render(message))
    merged(
        MessageFactory(unsubscribe_scope="panel:1", data={"title": "x", "link": f"{BASE}/page/{number}"})
        for number in range(10, 30)
    )
    assert len(calls) == 5


def test_links_of_another_length_are_not_taken_for_the_same():
    messages = [
        MessageFactory(data={"title": "x", "link": f"{BASE}/{'page' * number}/"})
        for number in (1, 1, 1, 2, 30)
    ]
    assert merged(messages) == each_by_itself(messages)


def test_link_too_short_to_be_told_apart_is_made_by_itself():
    messages = [MessageFactory(data={"title": "x", "link": f"{BASE}/{letter}"}) for letter in "abc"]
    assert merged(messages) == each_by_itself(messages)
    assert not has_mould()


def test_messages_with_a_text_of_their_own_are_rendered_each():
    messages = [MessageFactory(data={"title": f"Member {number}"}) for number in range(3)]
    assert merged(messages) == each_by_itself(messages)
    assert not has_mould()


def test_more_than_ten_links_are_not_mixed_up(template):
    names = [f"link{number}" for number in range(12)]
    code = template(text=" ".join(f"{{{{ {name} }}}}" for name in names))
    messages = [
        MessageFactory(
            template=code, data={name: f"{BASE}/{letter}/{name:>6}".replace(" ", "_") for name in names}
        )
        for letter in "abcd"
    ]
    assert merged(messages) == each_by_itself(messages)
    assert has_mould()


@pytest.mark.parametrize(
    "text",
    [
        "{{ link|length }}",
        "{{ link|slice:'-3:' }}",
        "{{ link|urlencode:'' }}",
        "{% if 'vip' in link %}yes{% endif %}",
        "{{ link|upper }}",
        "{% if link == 'x' %}yes{% endif %}",
        "{% for letter in link %}{{ letter }}-{% endfor %}",
    ],
)
def test_template_that_looks_into_a_link_is_rendered_for_each(template, text):
    code = template(text=text)
    messages = [
        MessageFactory(template=code, data={"link": f"{BASE}/{path}"})
        for path in ("aaaa", "bbbb", "vipp", "c_c_", "VIP1")
    ]
    assert merged(messages) == each_by_itself(messages)
    assert not has_mould()


@pytest.mark.parametrize("subject", ["See {{ link }}", "Näe {{ link }}"])
def test_link_in_a_subject_is_right(template, subject):
    code = template(subject=subject)
    messages = [
        MessageFactory(template=code, data={"link": f"{BASE}/{number}"}) for number in range(100, 104)
    ]
    assert merged(messages) == each_by_itself(messages)
