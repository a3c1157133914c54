import logging
from datetime import date, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from cxportal.dispatch.addresses import address_hash
from cxportal.dispatch.models import Batch, Message, OutboxMail
from panels import member_files, progress, purge
from panels.models import Consent, Invitation, Mailing, Member, MemberImport, Membership, PurgeRun
from tests.factories import CollectorFactory, MessageFactory
from tests.on_disk import in_redis, physical_copy
from tests.panels.factories import (
    ConsentFactory,
    MemberFactory,
    MembershipFactory,
    PanelFactory,
)

NOTHING = {rule.name: 0 for rule in purge.RULES}


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


def mailing_to(panel, *, state="done") -> Mailing:
    collector = CollectorFactory(kind="tickets")
    mailing = Mailing.objects.create(
        name="Mailing",
        wave=collector.wave,
        collector=collector,
        state=state,
        seen_hash="x",
        frozen_at=timezone.now(),
        batch=Batch.objects.create(name="Mailing"),
    )
    mailing.panels.add(panel)
    return mailing


def sent_to(member, mailing) -> Message:
    Invitation.objects.create(
        mailing=mailing,
        wave=mailing.wave,
        member=member,
        membership=member.memberships.get(),
        language="en",
        channel="email",
        state="queued",
        asked_at=timezone.now(),
    )
    message = MessageFactory(
        address=member.email,
        address_hash=address_hash(member.email_folded, "email"),
        batch=mailing.batch,
        accepted=True,
        data={"title": f"Dear {member.name}"},
        unsubscribe_scope=mailing.panels.get().unsubscribe_scope,
    )
    OutboxMail.objects.create(
        channel="email", address=member.email, text=f"Dear {member.name}", message_id=message.message_id
    )
    return message


@pytest.mark.django_db
def test_a_contact_list_is_wiped_once_its_mailing_is_done():
    membership = MembershipFactory(panel=PanelFactory(contact_list=True))
    mailing = mailing_to(membership.panel)
    sent_to(membership.member, mailing)
    assert purge.purge() == NOTHING | {"finished contact lists": 1}
    assert (Member.objects.count(), Membership.objects.count()) == (0, 0)
    assert Message.objects.values_list("address", "data").get() == ("", {})
    assert not OutboxMail.objects.exists()


@pytest.mark.django_db
def test_the_numbers_of_a_wiped_list_stay():
    membership = MembershipFactory(panel=PanelFactory(contact_list=True))
    sent_to(membership.member, mailing_to(membership.panel))
    purge.purge()
    assert Invitation.objects.values_list("member", "language", "channel").get() == (None, "en", "email")
    assert Message.objects.values_list("state").get() == ("accepted",)


@pytest.mark.django_db
def test_what_is_counted_is_frozen_before_the_people_go():
    membership = MembershipFactory(panel=PanelFactory(contact_list=True))
    mailing = mailing_to(membership.panel)
    sent_to(membership.member, mailing)
    before = progress.figures_of(mailing)
    purge.purge()
    Invitation.objects.all().delete()
    after = Mailing.objects.get()
    assert (after.figures["invited"], progress.figures_of(after)) == (1, before)


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["scheduled", "sending"])
def test_a_list_with_a_mailing_under_way_is_not_wiped(state):
    membership = MembershipFactory(panel=PanelFactory(contact_list=True))
    mailing_to(membership.panel)
    mailing_to(membership.panel, state=state)
    assert purge.purge() == NOTHING


@pytest.mark.django_db
def test_a_list_with_a_message_still_in_the_queue_is_not_wiped():
    membership = MembershipFactory(panel=PanelFactory(contact_list=True))
    MessageFactory(batch=mailing_to(membership.panel).batch)
    assert purge.purge() == NOTHING


@pytest.mark.django_db
def test_a_standing_panel_is_kept_after_its_mailing():
    membership = MembershipFactory()
    mailing_to(membership.panel)
    assert purge.purge() == NOTHING


@pytest.mark.django_db
def test_somebody_of_a_wiped_list_who_is_in_a_standing_panel_stays_with_what_was_sent_to_them():
    membership = MembershipFactory(panel=PanelFactory(contact_list=True))
    sent_to(membership.member, mailing_to(membership.panel))
    MembershipFactory(member=membership.member)
    purge.purge()
    assert list(Membership.objects.values_list("panel__kind", flat=True)) == ["customer"]
    assert Message.objects.get().address == membership.member.email


@pytest.mark.django_db
def test_people_are_forgotten_when_the_time_of_their_panel_is_over():
    panel = PanelFactory(retention_months=24)
    old = MembershipFactory(panel=panel, joined_on=date(2024, 1, 1))
    MembershipFactory(panel=panel, joined_on=date(2024, 1, 1), renewed_on=date(2026, 1, 1))
    MembershipFactory(panel=panel, joined_on=date(2025, 6, 1))
    ConsentFactory(membership=old)
    with time_machine.travel("2026-06-01 12:00:00+03:00"):
        assert purge.purge() == NOTHING | {"kept long enough": 1}
    assert not Membership.objects.filter(pk=old.pk).exists()
    assert Consent.objects.get().membership is None


@pytest.mark.django_db
def test_who_was_taken_out_by_staff_is_forgotten_the_next_night():
    MembershipFactory(left_at=timezone.now())
    assert purge.purge() == NOTHING | {"left a panel": 1}
    assert not Member.objects.exists()


@pytest.mark.django_db
def test_the_address_of_somebody_who_never_confirmed_goes_after_a_week():
    MessageFactory(purpose="joining", accepted=True, final_at=timezone.now() - timedelta(days=8))
    MessageFactory(purpose="joining", accepted=True, final_at=timezone.now() - timedelta(days=6))
    MessageFactory(purpose="notice", accepted=True, final_at=timezone.now() - timedelta(days=8))
    assert purge.purge() == NOTHING | {"messages to nobody we know": 1}


@pytest.mark.django_db
def test_an_imported_file_is_wiped_after_a_day_and_its_key_destroyed(chiara):
    member_import = member_files.bring(
        panel=PanelFactory(), content=b"email\na@mail.example\n", file_name="a.csv", by=chiara
    )
    MemberImport.objects.update(made_at=timezone.now() - timedelta(days=2))
    assert purge.purge() == NOTHING | {"imported files": 1}
    member_import.refresh_from_db()
    assert bytes(member_import.sealed_file) == b""
    assert member_files.store.destroyed_on(member_import.key_name)


@pytest.mark.django_db
def test_a_dry_run_says_the_same_and_changes_nothing(capsys):
    MembershipFactory(left_at=timezone.now())
    call_command("purge", "--dry-run")
    assert "left a panel: 1" in capsys.readouterr().out
    assert (Membership.objects.count(), PurgeRun.objects.count()) == (1, 0)


@pytest.mark.django_db
def test_the_log_holds_counts_and_nobody(caplog):
    caplog.set_level(logging.DEBUG)
    MembershipFactory(
        member=MemberFactory(name="Zebediah", email="zebediah@mail.example"), left_at=timezone.now()
    )
    purge.purge()
    assert "left a panel 1" in caplog.text
    assert "zebediah" not in caplog.text.lower()


@pytest.mark.django_db
def test_the_staff_home_says_when_no_purge_has_ended_for_36_hours(chiara_client):
    PurgeRun.objects.create(begun_at=timezone.now(), finished_at=timezone.now() - timedelta(hours=37))
    assert "Personal data is not being wiped" in chiara_client.get("/en/admin/").content.decode()
    PurgeRun.objects.create(begun_at=timezone.now(), finished_at=timezone.now() - timedelta(hours=35))
    assert "Personal data is not being wiped" not in chiara_client.get("/en/admin/").content.decode()


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_after_the_purge_nothing_of_a_contact_list_is_left_on_the_disk(chiara, caplog):
    caplog.set_level(logging.DEBUG)
    panel = PanelFactory(contact_list=True)
    rows = "".join(f"Quillfeather{n}@mail.example;+3584099{n:05d};Quentin Quagmire{n}\n" for n in range(60))
    member_import = member_files.bring(
        panel=panel, content=b"email;phone;name\n" + rows.encode(), file_name="list.csv", by=chiara
    )
    member_files.look_through(member_import)
    member_files.confirm(member_import=member_import, by=chiara)
    member_files.take(member_import)
    mailing = mailing_to(panel)
    for member in Member.objects.all():
        sent_to(member, mailing)
    needles = [b"uillfeather", b"+3584099", b"Quagmire"]
    before = physical_copy()
    assert [needle for needle in needles if needle not in before] == []
    assert purge.purge() == NOTHING | {"finished contact lists": 60}
    after = physical_copy() + in_redis() + caplog.text.encode()
    assert [needle for needle in needles if needle.lower() in after.lower()] == []
