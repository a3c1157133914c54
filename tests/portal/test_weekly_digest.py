"""The weekly mail: what is new in the results, for whoever has chosen it, by the rights of the moment it is sent."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cxportal import digest_sections
from cxportal.digest_sections import Block, Section, Week
from cxportal.dispatch.gateways.outbox import OutboxGateway
from cxportal.dispatch.models import Message, OutboxMail
from cxportal.dispatch.sending import send_due
from cxportal.organisation.models import StaffRole
from cxportal.portal import weekly_digest
from surveys import waves
from surveys.models import Publication
from surveys.publication_making import make
from tests.factories import CollectorFactory, WaveFactory
from tests.surveys.results import fill

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


@pytest.fixture
def next_monday():
    today = timezone.localtime()
    return today + timedelta(days=7 - today.weekday())


def published(chiara, agency_unit, answers):
    """A wave of the agency; answers: unit -> values."""
    wave = WaveFactory(confidential=True, unit=agency_unit, breakdowns=["unit"], pairs=[])
    for unit in answers:
        CollectorFactory(wave=wave, unit=unit, name=unit.code)
    wave = waves.open_wave(wave=wave, by=chiara)
    for unit, values in answers.items():
        way = wave.collectors.select_related("wave").get(name=unit.code)
        fill(way, [("fi", {"overall": value}) for value in values])
    return make(wave=wave)


@pytest.fixture
def publication(chiara, agency_unit, unit_a, unit_b):
    return published(chiara, agency_unit, {unit_a: "45" * 10, unit_b: "12" * 10})


def with_digest(user):
    user.email = f"{user.username}@agency.example"
    user.save()
    weekly_digest.choose(user=user, wants_digest=True)
    return user


def send():
    send_due(gateway=OutboxGateway(), channel="email", worker="w")
    return list(OutboxMail.objects.all())


def test_a_manager_reads_the_figures_of_the_own_unit_and_of_no_other(aino, publication, next_monday):
    with_digest(aino)
    assert weekly_digest.queue_due(at=next_monday) == 1
    (mail,) = send()
    assert "Counter A" in mail.text
    assert "4.50 (20 answers)" in mail.text
    assert [part for part in ("Counter B", "1.50") if part in mail.text + mail.html] == []


def test_the_cx_team_reads_the_figures_of_everybody(chiara, publication, next_monday):
    with_digest(chiara)
    weekly_digest.queue_due(at=next_monday)
    (mail,) = send()
    assert "3.00 (40 answers)" in mail.text


def test_a_small_group_is_named_without_its_figures(chiara, aino, agency_unit, unit_a, unit_b, next_monday):
    published(chiara, agency_unit, {unit_a: "2222", unit_b: "45" * 20})
    with_digest(aino)
    weekly_digest.queue_due(at=next_monday)
    (mail,) = send()
    assert "Too few people answered to show figures." in mail.text
    assert [part for part in ("2.00", "4 answers") if part in mail.text + mail.html] == []


def test_the_message_in_the_queue_holds_no_figure(aino, publication, next_monday):
    with_digest(aino)
    weekly_digest.queue_due(at=next_monday)
    week = Week.before(next_monday).first.isoformat()
    assert Message.objects.get().data == {"person": aino.pk, "week": week}


def test_who_lost_the_role_since_it_was_queued_gets_nothing(aino, publication, next_monday):
    with_digest(aino)
    weekly_digest.queue_due(at=next_monday)
    StaffRole.objects.filter(user=aino).delete()
    assert send() == []
    assert list(Message.objects.values_list("state", "reason")) == [("refused", "staff")]


def test_who_moved_to_another_unit_gets_the_figures_of_that_one(aino, publication, next_monday, unit_b):
    with_digest(aino)
    weekly_digest.queue_due(at=next_monday)
    StaffRole.objects.filter(user=aino).update(unit=unit_b)
    (mail,) = send()
    assert ("1.50 (20 answers)" in mail.text, "4.50" in mail.text) == (True, False)


def test_who_stopped_it_since_it_was_queued_gets_nothing(aino, publication, next_monday):
    with_digest(aino)
    weekly_digest.queue_due(at=next_monday)
    weekly_digest.choose(user=aino, wants_digest=False)
    assert send() == []
    assert list(Message.objects.values_list("state", "reason")) == [("refused", "unsubscribed")]


@pytest.mark.parametrize("lacking", ["choice", "news", "account", "address"])
def test_no_mail_is_queued_for_who(aino, publication, next_monday, lacking):
    with_digest(aino)
    if lacking == "choice":
        weekly_digest.choose(user=aino, wants_digest=False)
    elif lacking == "news":
        Publication.objects.update(made_at=timezone.now() - timedelta(days=30))
    else:
        type(aino).objects.filter(pk=aino.pk).update(
            **({"is_active": False} if lacking == "account" else {"email": ""})
        )
    assert weekly_digest.queue_due(at=next_monday) == 0


def test_the_same_week_is_sent_once(aino, publication, next_monday):
    with_digest(aino)
    weekly_digest.queue_due(at=next_monday)
    assert (weekly_digest.queue_due(at=next_monday), Message.objects.count()) == (0, 1)


def test_it_is_in_the_language_of_the_person(aino, publication, next_monday):
    aino.language = "fi"
    with_digest(aino)
    weekly_digest.queue_due(at=next_monday)
    (mail,) = send()
    assert mail.language == "fi"
    assert "4,50" in mail.text


def test_a_change_since_the_wave_before_is_named(chiara, aino, agency_unit, unit_a, unit_b, next_monday):
    first = published(chiara, agency_unit, {unit_a: "12" * 10, unit_b: "12" * 10}).wave
    waves.close_wave(wave=first, by=None)
    later = WaveFactory(
        confidential=True,
        survey=first.survey,
        version=first.version,
        unit=agency_unit,
        breakdowns=["unit"],
        pairs=[],
        opens_at=first.opens_at + timedelta(days=30) if first.opens_at else timezone.now(),
    )
    CollectorFactory(wave=later, unit=unit_a)
    later = waves.open_wave(wave=later, by=chiara)
    fill(later.collectors.select_related("wave").get(), [("fi", {"overall": value}) for value in "45" * 10])
    make(wave=later)
    with_digest(aino)
    weekly_digest.queue_due(at=next_monday)
    (mail,) = send()
    assert "4.50 (+ better · 20 answers)" in mail.text
    assert "Clearly better than the time before:" in mail.text


def test_another_room_adds_its_part_below(aino, publication, next_monday, monkeypatch):
    monkeypatch.setattr(digest_sections, "_sections", dict(digest_sections._sections))
    section = Section("What we do about it", [Block("Late", sentences=["Signs in six languages: 4 days."])])
    digest_sections.register("actions", lambda user, week: section, position=30)
    with_digest(aino)
    weekly_digest.queue_due(at=next_monday)
    (mail,) = send()
    assert mail.text.index("Counter A") < mail.text.index("Signs in six languages: 4 days.")


def test_each_person_chooses_on_a_page_of_the_account(aino_client, aino):
    assert aino_client.get(reverse("account_mails")).status_code == 200
    aino_client.post(reverse("account_mails"), {"weekly_digest": "on"})
    aino.refresh_from_db()
    assert aino.weekly_digest
    aino_client.post(reverse("account_mails"), {})
    aino.refresh_from_db()
    assert not aino.weekly_digest


def test_the_page_is_for_those_who_are_logged_in(client):
    assert client.get(reverse("account_mails")).status_code == 302
