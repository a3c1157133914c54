"""Asked soon after a contact: once, within the hours, after a rest, and nothing is kept that is not needed."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from cxportal.dispatch.models import Message, Suppression
from cxportal.dispatch.suppression import suppress
from panels import triggers
from panels.models import Trigger, TriggerContact
from surveys.models import Profile, Wave
from tests.panels.mailings import MONDAY, any_hour, open_wave

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _keys(settings, tmp_path):
    settings.KEYS_FOLDER = tmp_path / "keys"
    any_hour()


@pytest.fixture
def trigger():
    return new_trigger()


def new_trigger(**more) -> Trigger:
    wave = open_wave(privacy=more.pop("privacy", "anonymous"))
    return Trigger.objects.create(code="desk", name="After a visit", collector=wave.collectors.get(), **more)


def take(trigger, *contacts, at=MONDAY):
    return triggers.take_contacts(trigger=trigger, contacts=contacts, at=at)


def asked() -> list[str]:
    return sorted(Message.objects.values_list("address", flat=True))


def why() -> list[str]:
    return sorted(TriggerContact.objects.filter(state="left_out").values_list("why", flat=True))


def test_a_contact_is_asked_and_its_address_is_gone(trigger):
    take(trigger, {"email": "visitor@mail.example", "language": "fi"})
    triggers.carry_on(trigger=trigger, at=MONDAY)
    contact = TriggerContact.objects.get()
    assert (asked(), Message.objects.get().language) == (["visitor@mail.example"], "fi")
    assert (contact.state, contact.address) == ("queued", "")


def test_two_runs_ask_once(trigger):
    take(trigger, {"email": "visitor@mail.example"})
    triggers.carry_on(trigger=trigger, at=MONDAY)
    triggers.carry_on(trigger=trigger, at=MONDAY)
    assert Message.objects.count() == 1


def test_nobody_is_asked_again_before_the_rest_is_over(trigger):
    visitor = {"phone": "+358401234567"}
    for day in (0, 89, 91):
        moment = MONDAY + timedelta(days=day)
        take(trigger, visitor, at=moment)
        triggers.carry_on(trigger=trigger, at=moment)
    assert (len(asked()), why()) == (2, ["cooldown"])


def test_two_visits_of_one_day_are_asked_about_once(trigger):
    take(trigger, {"email": "visitor@mail.example"}, {"email": "VISITOR@mail.example"})
    triggers.carry_on(trigger=trigger, at=MONDAY)
    assert (len(asked()), why()) == (1, ["cooldown"])


def test_a_contact_that_is_too_long_ago_is_not_asked_and_not_kept(trigger):
    take(trigger, {"email": "visitor@mail.example", "at": "2026-11-21T09:00:00+00:00"})
    assert (why(), TriggerContact.objects.get().address) == (["too_late"], "")


def test_workers_that_stood_still_too_long_ask_nobody_late(trigger):
    take(trigger, {"email": "visitor@mail.example"})
    triggers.carry_on(trigger=trigger, at=MONDAY + timedelta(hours=25))
    assert (asked(), why()) == ([], ["too_late"])


def test_only_a_random_share_is_asked_and_the_others_are_not_kept():
    trigger = new_trigger(share_percent=30)
    take(trigger, *({"email": f"visitor{n}@mail.example"} for n in range(400)))
    drawn = TriggerContact.objects.filter(state="waiting").count()
    assert 120 - 5 * 10 < drawn < 120 + 5 * 10  # five standard deviations
    assert set(TriggerContact.objects.exclude(state="waiting").values_list("address", "why")) == {
        ("", "not_drawn")
    }


@pytest.mark.parametrize("scope", ["", "trigger", "wave"])
def test_who_said_no_is_not_asked(trigger, scope):
    scopes = {"": "", "trigger": f"trigger:{trigger.pk}", "wave": f"wave:{trigger.collector.wave_id}"}
    suppress(address="visitor@mail.example", scope=scopes[scope], reason=Suppression.Reason.OPT_OUT)
    take(trigger, {"email": "visitor@mail.example"}, {"email": "other@mail.example"})
    triggers.carry_on(trigger=trigger, at=MONDAY)
    assert (asked(), why()) == (["other@mail.example"], ["opted_out"])


def test_a_wave_that_is_not_open_asks_nobody(trigger):
    take(trigger, {"email": "visitor@mail.example"})
    Wave.objects.update(state="closed")
    triggers.carry_on(trigger=trigger, at=MONDAY)
    assert (asked(), why()) == ([], ["closed"])


def test_a_delivery_that_comes_twice_is_taken_once(trigger):
    contact = {"email": "visitor@mail.example", "reference": "visit-17"}
    first, second = take(trigger, contact), take(trigger, contact)
    assert [(taken.taken, taken.known) for taken in (first, second)] == [(1, 0), (0, 1)]


def test_a_message_waits_for_the_delay():
    trigger = new_trigger(delay_minutes=60)
    take(trigger, {"email": "visitor@mail.example"})
    assert triggers.carry_on(trigger=trigger, at=MONDAY + timedelta(minutes=59)) == 0
    assert triggers.carry_on(trigger=trigger, at=MONDAY + timedelta(minutes=60)) == 1


@pytest.mark.parametrize(
    ("contact", "sentence"),
    [
        ({}, "A contact needs either an e-mail address or a phone number."),
        (
            {"email": "a@mail.example", "phone": "+358401234567"},
            "A contact needs either an e-mail address or a phone number.",
        ),
        ({"email": "a@mail.example\r\nBcc: b@mail.example"}, "Nobody can write to this address."),
        ({"phone": "0401234567"}, "Nobody can write to this address."),
        ({"email": "a@mail.example", "unit": "nowhere"}, "There is no such unit."),
        (
            {"email": "a@mail.example", "at": "yesterday"},
            "The time of the contact is not written like 2026-11-23T08:30:00+02:00.",
        ),
        ({"email": "a@mail.example", "at": "2027-01-01T00:00:00Z"}, "The contact lies in the future."),
        ("a@mail.example", "This is no contact."),
    ],
)
def test_a_contact_that_cannot_be_taken_is_refused_in_one_sentence(trigger, contact, sentence):
    taken = take(trigger, {"email": "good@mail.example"}, contact)
    assert (taken.taken, taken.refused) == (1, [(2, sentence)])


def test_answers_of_an_anonymous_wave_carry_nothing_of_the_contact(trigger, unit_a):
    take(trigger, {"email": "visitor@mail.example", "language": "fi", "unit": "A"})
    triggers.carry_on(trigger=trigger, at=MONDAY)
    assert list(Profile.objects.values_list("unit", "language", "attributes", "invited")) == [
        (None, "", {}, 1)
    ]


def test_answers_of_a_confidential_wave_carry_the_unit(unit_a):
    trigger = new_trigger(privacy="confidential")
    take(trigger, {"email": "visitor@mail.example", "language": "fi", "unit": "A"})
    triggers.carry_on(trigger=trigger, at=MONDAY)
    assert list(Profile.objects.values_list("unit", "language", "invited")) == [(unit_a.pk, "fi", 1)]


def test_nothing_is_left_of_a_contact_after_the_rest(trigger):
    take(trigger, {"email": "visitor@mail.example"})
    triggers.carry_on(trigger=trigger, at=MONDAY)
    assert triggers.forget_contacts(at=MONDAY + timedelta(days=89)) == 0
    assert triggers.forget_contacts(at=MONDAY + timedelta(days=91)) == 1


# ---------- by a system of the agency ----------


def post(client, trigger, key, body, code="desk"):
    return client.post(
        reverse("panel_contacts", args=[code]),
        data=body if isinstance(body, str) else json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"} if key else {},
    )


def test_a_system_with_its_key_hands_contacts_in(client, trigger):
    answer = post(
        client, trigger, triggers.new_key(trigger=trigger), {"contacts": [{"email": "a@mail.example"}, {}]}
    )
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "taken": 1,
            "known": 0,
            "refused": [{"number": 2, "why": "A contact needs either an e-mail address or a phone number."}],
        },
    )


@pytest.mark.parametrize(("key", "code"), [("", "desk"), ("wrong", "desk"), ("right", "nowhere")])
def test_without_the_right_key_nothing_is_taken_and_nothing_told(client, trigger, key, code):
    right = triggers.new_key(trigger=trigger)
    answer = post(
        client, trigger, right if key == "right" else key, {"contacts": [{"email": "a@mail.example"}]}, code
    )
    assert (answer.status_code, TriggerContact.objects.count()) == (401, 0)


def test_a_new_key_ends_the_one_before(client, trigger):
    old = triggers.new_key(trigger=trigger)
    triggers.new_key(trigger=trigger)
    assert post(client, trigger, old, {"contacts": []}).status_code == 401


def test_the_key_stands_nowhere(trigger):
    key = triggers.new_key(trigger=trigger)
    trigger.refresh_from_db()
    assert key not in str(vars(trigger))


@pytest.mark.parametrize(
    "body",
    ["{", "[]", "null", '{"contacts": 5}', '{"contacts": [' + '{"email": "a@b.example"},' * 5000 + "{}]}"],
)
def test_what_is_no_delivery_is_refused(client, trigger, body):
    answer = post(client, trigger, triggers.new_key(trigger=trigger), body)
    assert (answer.status_code, TriggerContact.objects.count()) == (400, 0)


def test_a_trigger_that_is_switched_off_says_so(client, trigger):
    key = triggers.new_key(trigger=trigger)
    Trigger.objects.update(is_active=False)
    assert post(client, trigger, key, {"contacts": [{"email": "a@mail.example"}]}).status_code == 409
