from datetime import timedelta

import pytest
from django.utils import timezone

from cxportal.dispatch.models import Suppression
from cxportal.dispatch.report_reading import Report, Verdict
from cxportal.dispatch.reports import take_report
from cxportal.dispatch.unsubscribe import Wish, unsubscribe
from panels import opt_out
from panels.models import Member, Membership
from tests.factories import MessageFactory
from tests.panels.factories import MemberFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


@pytest.fixture
def member():
    return MembershipFactory(member=MemberFactory(email="Lina@mail.example")).member


def reported(verdict) -> None:
    message = MessageFactory(address="Lina@mail.example", accepted=True, final_at=timezone.now())
    take_report(Report(verdict, message.message_id))
    opt_out.take_over_reports()


def test_an_address_that_does_not_exist_marks_the_member(member):
    reported(Verdict.NO_SUCH_ADDRESS)
    assert Member.objects.get().mail_state == "hard"


def test_a_message_that_came_back_for_now_marks_the_member_softly(member):
    reported(Verdict.GIVEN_UP)
    assert Member.objects.get().mail_state == "soft"


def test_a_later_message_that_arrives_takes_the_soft_mark_away(member):
    reported(Verdict.GIVEN_UP)
    MessageFactory(address="Lina@mail.example", accepted=True, final_at=timezone.now() + timedelta(minutes=1))
    opt_out.take_over_reports(at=timezone.now() + timedelta(minutes=2))
    assert Member.objects.get().mail_state == "ok"


def test_a_complaint_is_a_wish_for_no_messages(member):
    reported(Verdict.COMPLAINT)
    assert Member.objects.get().opted_out_at is not None


def test_the_link_in_a_message_opts_out_of_that_panel_alone(member):
    other = MembershipFactory(member=member)
    first = member.memberships.exclude(pk=other.pk).get()
    unsubscribe(Wish(member.email_hash, first.panel.unsubscribe_scope))
    opt_out.take_over_reports()
    assert set(Membership.objects.exclude(opted_out_at=None).values_list("pk", flat=True)) == {first.pk}


def test_taking_over_twice_changes_nothing_the_second_time(member):
    reported(Verdict.NO_SUCH_ADDRESS)
    assert set(opt_out.take_over_reports().values()) == {0}


def test_opting_out_of_a_panel_holds_for_the_queue_too(member):
    membership = member.memberships.get()
    message = MessageFactory(
        address="Lina@mail.example", unsubscribe_scope=membership.panel.unsubscribe_scope
    )
    opt_out.opt_out_of_panel(membership=membership)
    message.refresh_from_db()
    assert (message.state, Suppression.objects.get().scope) == (
        "cancelled",
        membership.panel.unsubscribe_scope,
    )


def test_a_report_about_somebody_else_marks_nobody(member):
    message = MessageFactory(address="other@mail.example", accepted=True)
    take_report(Report(Verdict.NO_SUCH_ADDRESS, message.message_id))
    opt_out.take_over_reports()
    assert Member.objects.get().mail_state == "ok"
