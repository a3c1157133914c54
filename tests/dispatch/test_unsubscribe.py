import pytest
from django.test import Client

from cxportal.dispatch.addresses import address_hash
from cxportal.dispatch.models import Message, Suppression
from cxportal.dispatch.rendering import render
from cxportal.dispatch.suppression import forget
from cxportal.dispatch.unsubscribe import Wish, read_token, token_of, unsubscribe_url
from cxportal.keys import store
from cxportal.organisation.models import Language
from tests.factories import MessageFactory

pytestmark = pytest.mark.django_db

SOMEBODY = "5b" * 32


@pytest.fixture(autouse=True)
def _key():
    store.get_or_create("suppression")


@pytest.fixture
def visitor():
    """Not signed in, and a cookie token would be asked for."""
    return Client(enforce_csrf_checks=True)


def link_of(message):
    return render(message).headers["List-Unsubscribe"].strip("<>").removeprefix("http://localhost:8000")


def suppressions():
    return list(Suppression.objects.values_list("address_hash", "scope", "reason"))


def test_visit_changes_nothing_because_scanners_follow_links(visitor):
    message = MessageFactory(unsubscribe_scope="panel:3")
    page = visitor.get(link_of(message))
    assert page.status_code == 200
    assert '<form method="post"' in page.content.decode()
    assert suppressions() == []


def test_button_stops_the_messages_at_once(visitor):
    message = MessageFactory(unsubscribe_scope="panel:3")
    page = visitor.post(link_of(message))
    assert "You get no more of these messages" in page.content.decode()
    assert suppressions() == [(message.address_hash, "panel:3", "opt_out")]
    assert Message.objects.get().state == "cancelled"


def test_mail_provider_stops_the_messages_with_one_click(visitor):
    """As RFC 8058 says: this very body, no cookie, no redirect."""
    message = MessageFactory(unsubscribe_scope="panel:3")
    answer = visitor.post(
        link_of(message),
        "List-Unsubscribe=One-Click",
        content_type="application/x-www-form-urlencoded",
    )
    assert (answer.status_code, answer.cookies) == (200, {})
    assert suppressions() == [(message.address_hash, "panel:3", "opt_out")]


def test_one_click_works_in_a_language_that_is_not_offered(visitor):
    Language.objects.update(is_offered=False)
    message = MessageFactory(unsubscribe_scope="panel:3", language="ar")
    assert visitor.post(link_of(message)).status_code == 200
    assert len(suppressions()) == 1


def test_messages_of_another_kind_go_on(visitor):
    message = MessageFactory(unsubscribe_scope="panel:3")
    other_kind = MessageFactory(address=message.address, unsubscribe_scope="panel:4")
    other_person = MessageFactory(unsubscribe_scope="panel:3")
    visitor.post(link_of(message))
    assert set(Message.objects.filter(state="queued")) == {other_kind, other_person}


def test_link_works_after_everything_about_the_person_is_purged(visitor):
    message = MessageFactory(accepted=True, unsubscribe_scope="panel:3", address="maija@mail.example")
    link, digest = link_of(message), message.address_hash
    forget(Message.objects.all())
    Message.objects.all().delete()
    visitor.post(link)
    assert suppressions() == [(digest, "panel:3", "opt_out")]
    assert digest == address_hash("Maija@mail.example", "email")


def test_second_press_changes_nothing(visitor):
    message = MessageFactory(unsubscribe_scope="panel:3")
    visitor.post(link_of(message))
    since = Suppression.objects.get().since
    assert visitor.post(link_of(message)).status_code == 200
    assert Suppression.objects.get().since == since


def test_broken_link_says_so_kindly_and_stops_nothing(visitor):
    message = MessageFactory(unsubscribe_scope="panel:3")
    link = link_of(message)[:-5] + "/"
    for page in (visitor.get(link), visitor.post(link)):
        assert page.status_code == 404
        assert "This link does not work" in page.content.decode()
    assert suppressions() == []


@pytest.mark.parametrize("place", [0, 5, 22, 40, 64, 72])
def test_changed_sign_makes_a_link_worthless(place):
    token = token_of(Wish(SOMEBODY, "panel:3"))
    other = "A" if token[place] != "A" else "B"
    assert read_token(token[:place] + other + token[place + 1 :]) is None


@pytest.mark.parametrize("token", ["", "a", "%", "ä" * 80, "A" * 64, "A" * 5000, token_of.__name__])
def test_nonsense_is_no_link(token):
    assert read_token(token) is None


def test_link_of_one_kind_cannot_be_turned_into_one_of_another():
    assert token_of(Wish(SOMEBODY, "panel:3"))[:21] != token_of(Wish(SOMEBODY, "panel:4"))[:21]
    assert read_token(token_of(Wish(SOMEBODY, "panel:4"))) == Wish(SOMEBODY, "panel:4")


def test_link_of_another_installation_is_worthless(settings, tmp_path):
    token = token_of(Wish(SOMEBODY, "panel:3"))
    settings.KEYS_FOLDER = tmp_path / "others"
    store.get_or_create("suppression")
    assert read_token(token) is None


def test_language_without_a_catalogue_gets_a_link_that_is_found(visitor):
    link = unsubscribe_url(Wish(SOMEBODY, "panel:3"), "ti").removeprefix("http://localhost:8000")
    assert visitor.get(link, follow=True).status_code == 200


def test_page_sets_no_cookie_and_is_not_kept(visitor):
    page = visitor.get(link_of(MessageFactory(unsubscribe_scope="panel:3")))
    assert page.cookies == {}
    assert "no-store" in page.headers["Cache-Control"]
    assert page.headers["Referrer-Policy"] == "no-referrer"
