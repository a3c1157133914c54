"""C15, IND: a client panel and the web site; four categories instead of one broad question; a weekly mail."""

from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from cxportal.dispatch.gateways.outbox import OutboxGateway
from cxportal.dispatch.models import OutboxMail
from cxportal.dispatch.sending import send_due
from cxportal.portal import weekly_digest
from panels import triggers
from panels.models import Mailing, Trigger, TriggerContact
from surveys.models import Submission
from tests.cases.steps import OutOfSight, at, columns, everybody, spread, with_link
from tests.portal.test_weekly_digest import send, with_digest

AGREED = date(2026, 1, 1)


@pytest.mark.services
def test_panel_and_web_site_the_categories_and_the_weekly_mail(agency, agency_unit):
    wave = agency.open(agency.install("C15"))
    agency.import_people("website_panel", ["anna@mail.example;en", "bo@mail.example;en"], consent_on=AGREED)
    agency.start(Mailing.objects.get(wave=wave))
    for mail in list(OutboxMail.objects.all()):
        person = with_link(mail).press(channel="phone").press(satisfied="9", effort="6", goal="yes")
        person.press("send", kind="tip", remark="Call back within the hour.")
    website = wave.collectors.get(kind="link")
    visitor = at(website).press(channel="web")
    assert "Was the page useful to you?" in visitor.page
    visitor.press(useful="down", useful__reasons=["hard"], satisfied="2", effort="2", goal="no")
    visitor.press("send", kind="failure", remark="The button does nothing.")
    kinds = ["failure"] * 20 + ["remark"] * 20 + ["tip"] * 20 + ["other"] * 20
    rows = columns(
        channel=["web"] * 80,
        useful=["up"] * 61 + ["down"] * 19,
        **{"useful.reasons": [""] * 61 + ["hard"] * 12 + ["old"] * 7},
        satisfied=spread(7.5, 80, range(1, 11), 3),
        effort=spread(5.2, 80, range(1, 8), 4),
        goal=["yes"] * 64 + ["partly"] * 10 + ["no"] * 6,
        kind=kinds,
    )
    agency.bring(wave, rows, website)
    results = agency.publish(agency.close(wave))
    assert everybody(results) == {
        "satisfied": f"{(round(7.5 * 80) + 9 + 9 + 2) / 83:.2f}",
        "effort": f"{(round(5.2 * 80) + 6 + 6 + 2) / 83:.2f}",
        "goal": f"{100 * 66 / 83:.0f} %",
        "useful": f"{100 * 61 / 81:.0f} %",
    }
    # down asks why
    why = results["everybody"]["questions"]["useful.reasons"]["counts"]
    assert (why["hard"], why["old"]) == (13, 7)
    # one broad question was of no use: four categories
    assert {cell: one["n"] for cell, one in results["breakdowns"]["question:kind"].items()} == {
        "failure": 21,
        "remark": 20,
        "tip": 22,
        "other": 20,
    }
    # the mail of the week
    today = timezone.localtime()
    with_digest(agency.chiara)
    OutboxMail.objects.all().delete()
    weekly_digest.queue_due(at=today + timedelta(days=7 - today.weekday()))
    (mail,) = send()
    assert "Goal reached" in mail.text
    # remarks go to the queue, and one becomes an action
    voices = agency.voices()
    assert [voice.text for voice in voices] == ["Call back within the hour."] * 2 + [
        "The button does nothing."
    ]
    assert agency.act("Mend the button", agency_unit, item=voices[-1].pk).evidence.get().item == voices[-1]


@pytest.mark.services
def test_a_text_message_after_a_visit_or_a_call(agency):
    """To a random share, once; the number is wiped when the message is in the queue."""
    wave = agency.open(agency.install("C15"))
    way = wave.collectors.get(kind="tickets")
    after = Trigger.objects.create(code="counter", name="After a visit", collector=way)
    file = agency.folder / "visits.csv"
    file.write_text("phone;language;reference\n+31612345678;en;1\n+31612345679;en;2\n")
    call_command("import_contacts", after.code, str(file), stdout=OutOfSight())
    assert triggers.carry_on(trigger=after) == 2
    assert set(TriggerContact.objects.values_list("address", flat=True)) == {""}
    send_due(gateway=OutboxGateway(), channel="sms", worker="w")
    first, _second = OutboxMail.objects.order_by("pk")
    person = with_link(first).press(channel="desk").press(satisfied="8", effort="6", goal="yes")
    person.press("send", kind="remark", remark="Friendly at the counter.")
    assert Submission.objects.count() == 1
