"""Requests to bodies outside: one letter, one reminder before and one after the day, one answer without an account."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from actions import adjusting
from actions.models import Adjustment
from cxportal.dispatch.gateways.outbox import OutboxGateway
from cxportal.dispatch.models import Message, OutboxMail
from cxportal.dispatch.sending import send_due
from tests.factories import ActionFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
UNTIL = date(2026, 11, 30)


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


@pytest.fixture
def action(unit_a, aino):
    aino.email = "aino@agency.example"
    aino.save()
    return ActionFactory(unit=unit_a, owner=aino, title="Rebuild the ramp", at_status="under_way")


@pytest.fixture
def asked(action, aino):
    draft = Adjustment(
        action=action,
        body="Town of Northhaven",
        email="office@town.example",
        language="en",
        text="The ramp is too steep.",
        answer_until=UNTIL,
    )
    return adjusting.ask(adjustment=draft, by=aino, at=NOW)


def path_of(asked: Adjustment, language: str = "en") -> str:
    token = adjusting.link_of(asked).rstrip("/").rpartition("/")[2]
    with translation.override(language):
        return reverse("adjustment", args=[token])


def mails() -> list[OutboxMail]:
    send_due(gateway=OutboxGateway(), channel="email", worker="w")
    return list(OutboxMail.objects.order_by("pk"))


# ---------- the letter and its reminders ----------


def test_the_letter_leads_to_the_page_and_holds_nothing_in_the_queue(asked):
    assert Message.objects.get().data == {"adjustment": asked.pk, "kind": "letter"}
    (letter,) = mails()
    assert letter.address == "office@town.example"
    assert "The ramp is too steep." in letter.text
    assert adjusting.link_of(asked) in letter.text
    assert "Aino" not in letter.text + letter.html


def test_a_body_is_reminded_once_before_and_once_after_the_day(asked):
    sent = {
        day: adjusting.remind_due(at=datetime.combine(UNTIL + timedelta(days=day), NOW.time(), UTC))
        for day in [-4, -3, -2, 0, 1, 2, 3, 4, 59, 61]
    }
    assert [day for day, number in sent.items() if number] == [-3, 3]
    assert sorted(Message.objects.values_list("cause", flat=True)) == [
        f"adjustment:{asked.pk}:{kind}" for kind in ["after", "before", "letter"]
    ]


def test_a_reminder_that_waits_is_not_sent_when_the_answer_has_come(asked):
    adjusting.remind_due(at=NOW + timedelta(days=27))
    adjusting.answer(adjustment=asked, state="accepted", text="")
    assert [mail.address for mail in mails()] == ["aino@agency.example"]


def test_who_has_answered_is_not_reminded(asked):
    adjusting.answer(adjustment=asked, state="accepted", text="")
    assert adjusting.remind_due(at=NOW + timedelta(days=27)) == 0


def test_the_owner_is_told_of_the_answer(asked):
    adjusting.answer(adjustment=asked, state="not_accepted", text="No money.")
    (mail,) = mails()
    assert (mail.address, "has not accepted the request" in mail.text) == ("aino@agency.example", True)


@pytest.mark.parametrize(
    ("by", "until", "fault"),
    [
        ("bram", UNTIL, "Only the manager of the unit and the CX team"),
        ("aino", NOW.date(), "must lie ahead"),
    ],
)
def test_a_letter_is_not_sent_when(request, action, by, until, fault):
    draft = Adjustment(action=action, body="Town", email="office@town.example", text="?", answer_until=until)
    with pytest.raises(adjusting.Refused, match=fault):
        adjusting.ask(adjustment=draft, by=request.getfixturevalue(by), at=NOW)
    assert (Adjustment.objects.count(), Message.objects.count()) == (0, 0)


def test_a_letter_is_sent_once(asked, aino):
    with pytest.raises(adjusting.Refused, match="sent already"):
        adjusting.ask(adjustment=asked, by=aino, at=NOW)


# ---------- the page ----------


@pytest.fixture
def _in_time(time_machine):
    time_machine.move_to(NOW)


@pytest.mark.usefixtures("_in_time")
def test_a_visit_changes_nothing_and_sets_no_cookie(client, asked):
    page = client.get(path_of(asked))
    asked.refresh_from_db()
    assert (page.status_code, asked.state, dict(page.cookies)) == (200, "asked", {})
    assert "The ramp is too steep." in page.content.decode()


@pytest.mark.usefixtures("_in_time")
@pytest.mark.parametrize(
    ("state", "text"), [("accepted", ""), ("partly", "A rail, no ramp."), ("not_accepted", "No money.")]
)
def test_a_body_answers_without_an_account(client, asked, state, text):
    page = client.post(path_of(asked), {"state": state, "text": text})
    asked.refresh_from_db()
    assert (asked.state, asked.answer, asked.answered_at is not None) == (state, text, True)
    assert "Thank you for your answer" in page.content.decode()


@pytest.mark.usefixtures("_in_time")
@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ({"text": "Hm."}, "Choose your answer."),
        ({"state": "draft"}, "Choose your answer."),
        ({"state": "partly", "text": " "}, "Say why you do not do it, or not all of it."),
        ({"state": "not_accepted"}, "Say why you do not do it, or not all of it."),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(client, asked, sent, fault):
    page = client.post(path_of(asked), sent).content.decode()
    asked.refresh_from_db()
    assert (asked.state, fault in page, "<title>Error" in page) == ("asked", True, True)
    assert sent.get("text", "").strip() in page


@pytest.mark.usefixtures("_in_time")
def test_a_used_link_says_so_and_takes_no_second_answer(client, asked):
    client.post(path_of(asked), {"state": "accepted"})
    page = client.post(path_of(asked), {"state": "not_accepted", "text": "No."}).content.decode()
    asked.refresh_from_db()
    assert (asked.state, "This request has been answered" in page) == ("accepted", True)


def test_a_changed_link_says_so(client, asked):
    path = path_of(asked)
    changed = [path[:-3] + ("x/" if path[-3] != "x" else "y/"), reverse("adjustment", args=["x"])]
    pages = [client.get(one) for one in changed]
    assert [page.status_code for page in pages] == [404, 404]
    assert ["This link does not work" in page.content.decode() for page in pages] == [True, True]


def test_a_link_to_a_request_that_is_gone_says_so(client, asked):
    path = path_of(asked)
    asked.delete()
    assert client.get(path).status_code == 404


def test_a_link_does_not_open_another_request(asked, action, aino):
    other = Adjustment(
        action=action, body="Landlord", email="l@town.example", text="?", answer_until=UNTIL, language="en"
    )
    adjusting.ask(adjustment=other, by=aino, at=NOW)
    tokens = [path_of(one).rstrip("/").rpartition("/")[2] for one in (asked, other)]
    assert [adjusting.read_link(token) for token in tokens] == [asked, other]


@pytest.mark.parametrize(("days", "code"), [(60, 200), (61, 410)])
def test_sixty_days_after_the_day_the_link_is_closed(client, asked, time_machine, days, code):
    time_machine.move_to(datetime.combine(UNTIL + timedelta(days=days), NOW.time(), UTC))
    page = client.post(path_of(asked), {"state": "accepted"})
    asked.refresh_from_db()
    assert (page.status_code, asked.state) == (code, "accepted" if code == 200 else "asked")


# ---------- staff ----------


def test_a_manager_sends_a_letter_from_the_action(aino_client, action):
    until = date.today() + timedelta(days=30)
    fields = {"body": "Town", "email": "office@town.example", "language": "en", "text": "A ramp, please."}
    page = reverse("actions:ask", args=[action.pk])
    aino_client.post(page, fields | {"answer_until": until.isoformat()})
    made = Adjustment.objects.get()
    assert (made.action, made.state, made.answer_until) == (action, "asked", until)


def test_the_action_shows_its_requests_and_their_answers(aino_client, asked):
    adjusting.answer(adjustment=asked, state="partly", text="A rail, no ramp.")
    page = aino_client.get(reverse("admin:actions_action_change", args=[asked.action_id])).content.decode()
    assert ("Accepted in part" in page, "A rail, no ramp." in page) == (True, True)


def test_nobody_asks_for_an_action_of_another_unit(bram_client, aino_client, unit_b, action):
    theirs = ActionFactory(unit=unit_b)
    pages = [
        aino_client.get(reverse("actions:ask", args=[theirs.pk])),
        bram_client.get(reverse("actions:ask", args=[theirs.pk])),
        bram_client.get(reverse("actions:ask", args=[action.pk])),
    ]
    assert [page.status_code for page in pages] == [404, 404, 404]
