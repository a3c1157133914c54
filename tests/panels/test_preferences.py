import json
import re
from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from cxportal.dispatch.models import Message, Suppression
from panels import preferences
from panels.models import Consent, Member, Membership
from tests.factories import MessageFactory
from tests.panels.factories import ConsentFactory, MemberFactory, MembershipFactory, PanelFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


@pytest.fixture
def membership():
    member = MemberFactory(email="lina@mail.example", phone="+358401234567")
    membership = MembershipFactory(member=member, panel=PanelFactory(name="Customer panel"))
    ConsentFactory(membership=membership)
    return membership


def address_of(membership) -> str:
    return preferences.preferences_url(membership.member, "en").removeprefix("http://localhost:8000")


def test_the_page_shows_addresses_only_in_part(client, membership):
    page = client.get(address_of(membership)).content.decode()
    assert "l***@mail.example" in page
    assert "lina@mail.example" not in page
    assert "+358401234567" not in page


def test_a_changed_link_shows_nobody(client, membership):
    token = preferences.token_of(membership.member)
    assert client.get(reverse("panels:preferences", args=[token[:-1] + "x"])).status_code == 404


def test_the_page_sets_no_cookie(client, membership):
    assert not client.get(address_of(membership)).cookies


def test_language_channel_and_pause_are_saved_and_the_time_of_keeping_begins_anew(client, membership):
    with time_machine.travel("2026-11-02 10:00:00+02:00"):
        client.post(address_of(membership), {"language": "ar", "channel": "sms", "pause": "3"})
    membership.refresh_from_db()
    member = membership.member
    assert (member.language, member.paused_until) == ("ar", date(2027, 2, 2))
    assert (membership.channel, membership.renewed_on) == ("sms", date(2026, 11, 2))


def test_a_pause_can_be_ended(client, membership):
    Member.objects.update(paused_until=date(2027, 1, 1))
    client.post(address_of(membership), {"language": "en", "pause": "0"})
    assert Member.objects.get().paused_until is None


def test_saving_something_else_leaves_the_pause(client, membership):
    Member.objects.update(paused_until=date(2027, 1, 1))
    client.post(address_of(membership), {"language": "fi", "pause": ""})
    assert Member.objects.get().paused_until == date(2027, 1, 1)


def test_leaving_takes_two_taps_and_forgets_the_person_at_once(client, membership):
    page = client.get(address_of(membership)).content.decode()
    assert f'<button class="btn bad" name="leave" value="{membership.pk}">' in page
    response = client.post(address_of(membership), {"leave": membership.pk})
    assert "You have left" in response.content.decode()
    assert not Member.objects.exists()


def test_what_somebody_agreed_to_stays_without_them(client, membership):
    client.post(address_of(membership), {"leave": membership.pk})
    kept = Consent.objects.order_by("pk").values_list("membership", "kind", "wording__version")
    assert list(kept) == [(None, "given", 1), (None, "withdrawn", 1)]


def test_who_leaves_one_of_two_panels_stays_in_the_other(client, membership):
    other = MembershipFactory(member=membership.member)
    client.post(address_of(membership), {"leave": membership.pk})
    assert list(Membership.objects.all()) == [other]


def test_nobody_can_leave_a_panel_for_somebody_else(client, membership):
    stranger = MembershipFactory()
    client.post(address_of(membership), {"leave": stranger.pk})
    assert Membership.objects.filter(pk=stranger.pk).exists()


def test_a_message_that_waits_is_not_sent_after_leaving(client, membership):
    message = MessageFactory(
        address="lina@mail.example",
        unsubscribe_scope=membership.panel.unsubscribe_scope,
        purpose="invitation",
    )
    client.post(address_of(membership), {"leave": membership.pk})
    message.refresh_from_db()
    assert message.state == "cancelled"


def test_who_wants_no_messages_stays_in_the_register_with_that_wish(client, membership):
    client.post(address_of(membership), {"nothing": "1"})
    member = Member.objects.get()
    assert member.opted_out_at is not None
    assert set(Suppression.objects.values_list("address_hash", "scope", "reason")) == {
        (member.email_hash, "", "opt_out"),
        (member.phone_hash, "", "opt_out"),
    }


def test_erasure_leaves_a_hash_and_nothing_else(client, membership):
    client.post(address_of(membership), {"erase": "1"})
    assert not Member.objects.exists()
    assert set(Suppression.objects.values_list("reason", flat=True)) == {"erased"}


def test_the_page_of_somebody_erased_is_gone(client, membership):
    address = address_of(membership)
    client.post(address, {"erase": "1"})
    assert client.get(address).status_code == 404


def test_a_copy_goes_to_the_members_own_address_and_not_onto_the_page(client, membership):
    page = client.post(address_of(membership), {"copy": "1"}).content.decode()
    link = Message.objects.get().data["link"].removeprefix("http://localhost:8000")
    assert Message.objects.get().address == "lina@mail.example"
    assert link not in page
    assert "lina@mail.example" in client.get(link).content.decode()


def test_the_copy_as_a_file_is_json(client, membership):
    link = preferences.copy_url(membership.member).removeprefix("http://localhost:8000")
    content = json.loads(client.get(link + "?json=1").content)
    assert content["person"]["phone"] == "+358401234567"
    assert [one["panel"] for one in content["memberships"]] == ["Customer panel"]


def test_the_link_to_a_copy_ends_after_a_day(client, membership):
    link = preferences.copy_url(membership.member).removeprefix("http://localhost:8000")
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert client.get(link).status_code == 404


def test_the_link_to_the_page_does_not_open_the_copy(client, membership):
    token = preferences.token_of(membership.member)
    assert client.get(reverse("panels:held", args=[token])).status_code == 404


def test_the_text_agreed_to_is_shown_to_the_member_alone(client, membership):
    consent = membership.consents.get()
    mine = reverse("panels:agreed_text", args=[preferences.token_of(membership.member), consent.pk])
    stranger = MembershipFactory()
    theirs = reverse("panels:agreed_text", args=[preferences.token_of(stranger.member), consent.pk])
    assert "You can leave at any time." in client.get(mine).content.decode()
    assert client.get(theirs).status_code == 404


@pytest.mark.parametrize("panels", [1, 3])
def test_the_page_needs_a_fixed_number_of_queries(client, panels, django_assert_num_queries):
    member = MemberFactory()
    for _number in range(panels):
        ConsentFactory(membership=MembershipFactory(member=member))
    address = preferences.preferences_url(member, "en").removeprefix("http://localhost:8000")
    client.get(address)
    with django_assert_num_queries(6):
        client.get(address)


def test_several_languages_can_be_named_in_their_order(client, membership):
    client.post(address_of(membership), {"language": "so", "further": ["ar", "", "so", "xx", "fi"]})
    assert Member.objects.get().languages == ["so", "ar", "fi"]
    page = client.get(address_of(membership)).content.decode()
    boxes = re.findall(r'<select class="inp" id="(further-\d)".*?</select>', page)
    chosen = re.findall(r'name="further".*?<option value="(\w+)"[^>]* selected', page)
    assert (boxes, chosen) == (["further-2", "further-3", "further-4"], ["ar", "fi"])


def test_a_language_that_is_taken_out_is_forgotten(client, membership):
    Member.objects.update(further_languages="ar,fi")
    client.post(address_of(membership), {"language": "en", "further": ["", "fi"]})
    assert Member.objects.get().languages == ["en", "fi"]
