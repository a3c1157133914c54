import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from cxportal.dispatch.models import Message, Suppression
from panels import joining
from panels.contact import contact_of
from panels.models import Consent, Member, Membership
from surveys import form_key
from tests.panels.factories import MemberFactory, MembershipFactory, PanelFactory, WordingFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hurried_respondents")]


@pytest.fixture
def panel():
    panel = PanelFactory(code="customers", name="Customer panel", joinable=True)
    WordingFactory(panel=panel)
    return panel


def page_of(client, panel) -> str:
    return client.get(reverse("panels:join", args=[panel.code])).content.decode()


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))


def ask(client, panel, **typed):
    fields = (
        {"address": "lina@mail.example", "language": "fi", "agree": "1"}
        | hidden(page_of(client, panel))
        | typed
    )
    return client.post(reverse("panels:join", args=[panel.code]), fields)


def link_in_message() -> str:
    return Message.objects.get().data["link"].removeprefix("http://localhost:8000")


def test_whoever_asks_to_join_gets_one_message_and_nothing_is_stored(client, panel):
    response = ask(client, panel)
    assert "We have sent you a message" in response.content.decode()
    message = Message.objects.get()
    assert (message.address, message.language, message.template) == (
        "lina@mail.example",
        "fi",
        "panels.joining",
    )
    assert not Member.objects.exists()


def test_the_link_must_be_confirmed_by_a_button_because_scanners_follow_links(client, panel):
    ask(client, panel)
    page = client.get(link_in_message())
    assert page.status_code == 200
    assert not Member.objects.exists()


def test_whoever_confirms_is_in_the_panel_with_the_words_they_agreed_to(client, panel):
    ask(client, panel)
    response = client.post(link_in_message().replace("/fi/", "/en/"))
    assert "You are on the panel" in response.content.decode()
    membership = Membership.objects.get(panel=panel)
    assert (membership.member.email, membership.member.language) == ("lina@mail.example", "fi")
    consent = Consent.objects.get()
    assert (consent.membership, consent.wording.text, consent.kind, consent.way) == (
        membership,
        "We keep your address to send you invitations.\nYou can leave at any time.",
        "given",
        "web",
    )


def test_confirming_twice_is_one_membership_and_one_consent(client, panel):
    ask(client, panel)
    link = link_in_message()
    client.post(link)
    client.post(link)
    assert (Membership.objects.count(), Consent.objects.count()) == (1, 1)


def test_a_phone_number_gets_a_text_message(client, panel):
    ask(client, panel, address="+358 40 1234567")
    assert Message.objects.values_list("channel", "address").get() == ("sms", "+358401234567")


def test_one_address_gets_one_message_a_day(client, panel):
    ask(client, panel)
    ask(client, panel, address="LINA@mail.example")
    assert Message.objects.count() == 1


def test_the_page_says_the_same_about_a_member_and_a_stranger(client, panel):
    MembershipFactory(member=MemberFactory(email="known@mail.example"), panel=panel)
    known = ask(client, panel, address="known@mail.example").content.decode()
    stranger = ask(client, panel, address="other@mail.example").content.decode()
    assert known.replace("known@", "other@") == stranger


def test_an_address_nobody_can_write_to_is_said_at_its_field(client, panel):
    page = ask(client, panel, address="lina@@mail").content.decode()
    assert 'id="address-problem"' in page
    assert 'value="lina@@mail"' in page
    assert not Message.objects.exists()


def test_without_agreeing_nothing_is_sent(client, panel):
    fields = hidden(page_of(client, panel)) | {"address": "lina@mail.example"}
    page = client.post(reverse("panels:join", args=[panel.code]), fields).content.decode()
    assert 'id="agree-problem"' in page
    assert not Message.objects.exists()


def test_a_form_that_was_not_made_here_is_asked_for_again(client, panel):
    page = ask(client, panel, key="made-up").content.decode()
    assert "Please press the button once more." in page
    assert not Message.objects.exists()


def test_a_robot_that_is_too_fast_is_asked_again(client, panel, monkeypatch):
    monkeypatch.setattr(form_key, "LEAST_SECONDS", 2)
    assert "Please press the button once more." in ask(client, panel).content.decode()


def test_the_link_ends_after_a_week(client, panel):
    ask(client, panel)
    link = link_in_message()
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert client.post(link).status_code == 404
    assert not Member.objects.exists()


def test_a_changed_link_is_refused(client, panel):
    ask(client, panel)
    link = link_in_message()
    changed = link[:-9] + ("A" if link[-9] != "A" else "B") + link[-8:]
    assert client.post(changed).status_code == 404


def test_a_panel_that_is_not_joinable_has_no_page(client):
    panel = PanelFactory()
    WordingFactory(panel=panel)
    assert client.get(reverse("panels:join", args=[panel.code])).status_code == 404


def test_a_panel_without_words_to_agree_to_has_no_page(client):
    panel = PanelFactory(joinable=True)
    assert client.get(reverse("panels:join", args=[panel.code])).status_code == 404


def test_somebody_erased_is_not_brought_back_by_an_older_link(client, panel):
    ask(client, panel)
    digest = contact_of(email="lina@mail.example").email_hash
    Suppression.objects.create(address_hash=digest, reason="erased")
    assert client.post(link_in_message()).status_code == 404
    assert not Member.objects.exists()


def test_who_had_left_and_joins_again_is_written_to_again(client, panel):
    digest = contact_of(email="lina@mail.example").email_hash
    Suppression.objects.create(address_hash=digest, scope=panel.unsubscribe_scope, reason="opt_out")
    ask(client, panel)
    client.post(link_in_message())
    assert not Suppression.objects.exists()


def test_somebody_in_another_panel_stays_one_person(client, panel):
    known = MembershipFactory(member=MemberFactory(email="Lina@mail.example")).member
    ask(client, panel)
    client.post(link_in_message())
    assert Membership.objects.filter(member=known).count() == 2


def test_the_link_holds_no_readable_address(client, panel):
    ask(client, panel)
    assert "lina" not in link_in_message()
    assert joining.wish_of(link_in_message().split("/")[-2]).contact.email == "lina@mail.example"


@pytest.mark.parametrize("panels", [2, 4])
def test_the_list_of_panels_needs_a_fixed_number_of_queries(client, panels, django_assert_num_queries):
    for panel in PanelFactory.create_batch(panels, joinable=True):
        WordingFactory(panel=panel)
    client.get(reverse("panels:join_list"))
    with django_assert_num_queries(1):
        client.get(reverse("panels:join_list"))
