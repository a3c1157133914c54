import pytest
from django.template import engines

from cxportal.dispatch import prepared, rendering
from cxportal.dispatch.prepared import render_prepared
from cxportal.dispatch.rendering import register_template, render
from tests.factories import MessageFactory

pytestmark = pytest.mark.django_db
BASE = "http://localhost:8000"


@pytest.fixture(autouse=True)
def _nothing_kept():
    prepared._kept.clear()


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


def rendered_thrice(messages):
    """The first is rendered, the second prepares, the third is filled in."""
    return [render_prepared(message) for message in messages]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_messages_filled_in_are_what_rendering_each_would_give(language):
    messages = [
        MessageFactory(
            language=language,
            unsubscribe_scope="panel:1",
            data={"title": "A < B", "paragraphs": ["x & y"], "link": f"{BASE}/en/answer/{number}/?a=1&b=2"},
        )
        for number in range(4)
    ]
    assert rendered_thrice(messages) == [render(message) for message in messages]


def test_text_of_a_mailing_is_rendered_for_few_and_filled_in_for_the_rest(monkeypatch):
    calls = []
    monkeypatch.setattr(prepared, "render", lambda message: calls.append(1) or render(message))
    for number in range(20):
        render_prepared(
            MessageFactory(unsubscribe_scope="panel:1", data={"title": "x", "link": f"{BASE}/{number}"})
        )
    assert len(calls) in {4, 8}  # eight when the ten seconds end in the middle


def test_messages_with_a_text_of_their_own_are_rendered_each():
    messages = [MessageFactory(data={"title": f"Member {number}"}) for number in range(3)]
    assert [found.subject for found in rendered_thrice(messages)] == ["Member 0", "Member 1", "Member 2"]


def test_more_than_ten_links_are_not_mixed_up(template):
    names = [f"link{number}" for number in range(12)]
    code = template(text=" ".join(f"{{{{ {name} }}}}" for name in names))
    messages = [
        MessageFactory(template=code, data={name: f"{BASE}/{letter}/{name}" for name in names})
        for letter in "abc"
    ]
    assert rendered_thrice(messages) == [render(message) for message in messages]


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
        MessageFactory(template=code, data={"link": f"{BASE}/{path}"}) for path in ("a", "bb", "vip", "c")
    ]
    assert rendered_thrice(messages) == [render(message) for message in messages]


def test_link_in_a_subject_is_rendered_for_each(template):
    code = template(subject="See {{ link }}")
    messages = [MessageFactory(template=code, data={"link": f"{BASE}/{number}"}) for number in range(3)]
    assert rendered_thrice(messages) == [render(message) for message in messages]
