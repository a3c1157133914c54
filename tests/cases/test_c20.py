"""C20, Västerås: a random sample of those who phoned or wrote; wiped right after the sending, also from the disk."""

import pytest
from django.core.management import call_command
from django.urls import reverse

from cxportal.dispatch.models import Message, OutboxMail
from panels import upkeep
from panels.models import Invitation, Mailing, Member
from surveys.models import Submission
from tests.cases.steps import OutOfSight, everybody, with_link
from tests.on_disk import in_redis, physical_copy
from tests.surveys.test_announcements import send as decline

LISTED, DRAWN = 80, 60


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_sample_is_asked_and_nothing_of_it_is_left(agency, agency_unit, client):
    wave = agency.open(agency.install("C20"))
    agency.import_people("recent_callers", (f"Quillfeather{n}@mail.example;en" for n in range(LISTED)))
    mailing = Mailing.objects.get(wave=wave)
    mailing.sample.size = DRAWN
    mailing.sample.save()
    assert b"uillfeather" in physical_copy()
    agency.start(mailing)
    mails = list(OutboxMail.objects.all())
    assert (len(mails), Message.objects.count()) == (DRAWN, DRAWN)

    # purge right after sending: nothing left in a physical copy
    upkeep.keep_up()
    call_command("purge", stdout=OutOfSight())
    assert not Member.objects.exists()
    assert set(Invitation.objects.values_list("member", flat=True)) == {None}
    assert b"uillfeather" not in (physical_copy() + in_redis()).lower()

    # the links work all the same, and nobody knows whose they were
    for number, mail in enumerate(mails[:24]):
        with_link(mail).press("send", treatment="5" if number < 21 else "2", easy="6")
    results = agency.publish(agency.close(wave))
    assert everybody(results) == {"treatment": "88 %", "easy": "6.00"}
    action = agency.act("Call back the same day", agency_unit, wave=wave.pk, question="=treatment")
    assert action.evidence.get().figure["n"] == 24


@pytest.mark.services
def test_whoever_left_only_a_number_is_asked_by_text_message(agency, client):
    wave = agency.open(agency.install("C20"))
    rows = [";+358401234567;en", "wrote@mail.example;;en"]
    agency.import_people("recent_callers", rows, heading="email;phone;language")
    agency.start(Mailing.objects.get(wave=wave))
    by_channel = {mail.channel: mail for mail in OutboxMail.objects.all()}
    assert {channel: mail.address for channel, mail in by_channel.items()} == {
        "email": "wrote@mail.example",
        "sms": "+358401234567",
    }
    with_link(by_channel["sms"]).press("send", treatment="5", easy="6")
    assert Submission.objects.filter(wave=wave).count() == 1


@pytest.mark.services
def test_whoever_declines_beforehand_is_not_asked(agency, client):
    wave = agency.open(agency.install("C20"))
    page = reverse("admin:surveys_wave_announcement", args=[wave.pk])
    agency.client.post(page, {"is_public": "on", "who-en": "People who phoned"})
    agency.import_people("recent_callers", ["declines@mail.example;en", "answers@mail.example;en"])
    decline(client, wave, "declines@mail.example")
    mailing = Mailing.objects.get(wave=wave)
    agency.start(mailing)
    assert [mail.address for mail in OutboxMail.objects.all()] == ["answers@mail.example"]
