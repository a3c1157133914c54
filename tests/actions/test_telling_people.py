"""Those behind an action are told once what became of it: writers with an address, panel members who want to hear."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from actions import telling_back, telling_people
from actions.models import ToldBack
from cxportal.dispatch.gateways.outbox import OutboxGateway
from cxportal.dispatch.models import Message, OutboxMail
from cxportal.dispatch.sending import send_due
from cxportal.dispatch.unsubscribe import Wish, unsubscribe
from feedback.models import Contact
from panels import preferences
from panels.models import Invitation, Member
from tests.factories import ActionFactory, EvidenceFactory, VoiceFactory, WaveFactory
from tests.panels.factories import MembershipFactory
from tests.panels.mailings import new_mailing

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


def contact(item, address, by="email", language="en"):
    return Contact.objects.create(
        item=item,
        by=by,
        address=address,
        language=language,
        purpose="reply",
        consent="Yes.",
        consented_at=NOW,
    )


@pytest.fixture
def action():
    return ActionFactory(at_status="done")


@pytest.fixture
def voice(action):
    item = VoiceFactory()
    EvidenceFactory(action=action, item=item, reference="")
    return item


def told_of(action) -> ToldBack:
    return ToldBack.objects.create(
        action=action, title="Your place in the queue is shown", heard="Nobody says how long.", did="Screens."
    )


def released(action, by) -> ToldBack:
    told = told_of(action)
    telling_back.release(told_back=told, by=by)
    return told


def addresses() -> list[str]:
    return sorted(Message.objects.values_list("address", flat=True))


def sent() -> list[OutboxMail]:
    send_due(gateway=OutboxGateway(), channel="email", worker="w")
    return list(OutboxMail.objects.all())


def member_asked(action, *, wave=None, wants_news=True, address="lina@mail.example", **more) -> Member:
    """A member of a panel who was invited to a wave that is a source of the action."""
    wave = wave or WaveFactory()
    EvidenceFactory(action=action, wave=wave, publication_number=1, question="overall", reference="")
    membership = MembershipFactory(member__email=address, member__wants_news=wants_news, **more)
    Invitation.objects.create(
        mailing=new_mailing(wave),
        wave=wave,
        member=membership.member,
        membership=membership,
        language="en",
        channel="email",
        state="queued",
        asked_at=NOW,
    )
    return membership.member


def test_who_left_an_address_is_told_when_it_is_released_and_only_once(action, voice, chiara):
    contact(voice, "mina@mail.example")
    told = told_of(action)
    assert telling_people.tell_due() == 0
    telling_back.release(told_back=told, by=chiara)
    assert [telling_people.tell_due(), telling_people.tell_due()] == [1, 0]
    telling_back.withdraw(told_back=told, by=chiara)
    telling_back.release(told_back=told, by=chiara)
    assert (telling_people.tell_due(), addresses()) == (0, ["mina@mail.example"])


def test_who_said_the_same_is_told_too(action, voice, chiara):
    contact(VoiceFactory(merged_into=voice), "omar@mail.example")
    contact(VoiceFactory(), "stranger@mail.example")
    released(action, chiara)
    telling_people.tell_due()
    assert addresses() == ["omar@mail.example"]


def test_somebody_behind_it_twice_gets_one_message(action, voice, chiara):
    contact(voice, "lina@mail.example")
    contact(VoiceFactory(merged_into=voice), "Lina@mail.example")
    member_asked(action)
    released(action, chiara)
    assert telling_people.tell_due() == 1


def test_who_left_a_phone_number_gets_a_text_message_once(action, voice, chiara):
    contact(voice, "+358401234567", by="phone")
    told = released(action, chiara)
    assert [telling_people.tell_due(), telling_people.tell_due()] == [1, 0]
    assert telling_people.writers_not_told(told_back=ToldBack.objects.get()) == 0
    send_due(gateway=OutboxGateway(), channel="sms", worker="w")
    mail = OutboxMail.objects.get()
    assert mail.address == "+358401234567"
    assert "Your place in the queue is shown" in mail.text
    assert f"/en/did/{told.pk}/" in mail.text


def test_without_a_gateway_a_number_gets_nothing_and_the_cx_team_reads_how_many(
    action, voice, chiara, chiara_client, settings
):
    settings.PRODUCTION, settings.SMS_URL = True, ""
    contact(voice, "+358401234567", by="phone")
    contact(VoiceFactory(merged_into=voice), "+358401234567", by="phone")
    contact(VoiceFactory(merged_into=voice), "mina@mail.example")
    told = released(action, chiara)
    assert telling_people.writers_not_told(told) == 0
    telling_people.tell_due()
    assert addresses() == ["mina@mail.example"]
    page = chiara_client.get(reverse("admin:actions_toldback_change", args=[told.pk])).content.decode()
    assert "1 person was not told" in page


def test_the_mail_leads_to_the_page_and_can_be_stopped(action, voice, chiara):
    contact(voice, "mina@mail.example")
    told = released(action, chiara)
    telling_people.tell_due()
    (mail,) = sent()
    assert f"/en/did/{told.pk}/" in mail.text
    assert "Your place in the queue is shown" in mail.text
    assert "Stop all such messages" in mail.text


def test_the_message_in_the_queue_holds_no_words(action, voice, chiara):
    contact(voice, "mina@mail.example")
    told = released(action, chiara)
    telling_people.tell_due()
    assert Message.objects.get().data == {"told": told.pk, "item": str(voice.pk)}


@pytest.mark.parametrize("change", ["withdrawn", "contact taken back", "stopped"])
def test_what_changed_since_it_was_queued_is_not_sent(action, voice, chiara, change):
    contact(voice, "mina@mail.example")
    told = released(action, chiara)
    telling_people.tell_due()
    match change:
        case "withdrawn":
            telling_back.withdraw(told_back=told, by=chiara)
        case "contact taken back":
            Contact.objects.all().delete()
        case "stopped":
            unsubscribe(Wish(Message.objects.get().address_hash, preferences.SCOPE_OF_NEWS))
    assert sent() == []


# ---------- members of panels ----------


def test_a_member_who_wants_it_is_told(action, chiara):
    member_asked(action)
    member_asked(action, wants_news=False, address="omar@mail.example")
    released(action, chiara)
    telling_people.tell_due()
    assert addresses() == ["lina@mail.example"]


@pytest.mark.parametrize(
    "more",
    [
        {"member__opted_out_at": NOW},
        {"member__paused_until": date(2100, 1, 1)},
        {"member__mail_state": "hard", "member__phone": ""},
        {"left_at": NOW},
        {"opted_out_at": NOW},
    ],
)
def test_a_member_is_not_told_who(action, chiara, more):
    member_asked(action, **more)
    released(action, chiara)
    assert telling_people.tell_due() == 0


def test_a_member_asked_in_another_wave_is_not_told(action, chiara):
    member_asked(ActionFactory())
    released(action, chiara)
    assert telling_people.tell_due() == 0


def test_a_wish_taken_back_holds_for_what_waits(action, chiara):
    member = member_asked(action)
    released(action, chiara)
    telling_people.tell_due()
    preferences.save(member=member, language="en", channel="email", pause_months=None, wants_news=False)
    assert sent() == []


def test_members_say_on_their_page_whether_they_want_to_hear(client):
    membership = MembershipFactory()
    page = preferences.preferences_url(membership.member, "en").removeprefix("http://localhost:8000")
    client.post(page, {"language": "en", "news": "on"})
    assert Member.objects.get().wants_news is True
    client.post(page, {"language": "en"})
    assert Member.objects.get().wants_news is False


def test_who_stopped_such_messages_and_wishes_them_again_is_told(action, chiara):
    member = member_asked(action, wants_news=False)
    unsubscribe(Wish(member.email_hash, preferences.SCOPE_OF_NEWS))
    preferences.save(member=member, language="en", channel="email", pause_months=None, wants_news=True)
    released(action, chiara)
    telling_people.tell_due()
    assert [mail.address for mail in sent()] == ["lina@mail.example"]
