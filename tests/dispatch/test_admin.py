from collections import Counter

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cxportal.dispatch import restored
from cxportal.dispatch.counts import ARRIVED, FAILED, WAITING, Counts
from cxportal.dispatch.models import (
    Batch,
    GatewayState,
    Hold,
    Message,
    OutboxMail,
    State,
    Suppression,
)
from cxportal.dispatch.rendering import message_templates
from cxportal.dispatch.suppression import suppress
from cxportal.languages import LANGUAGES
from tests.factories import BatchFactory, MessageFactory

pytestmark = pytest.mark.django_db

ADDRESS = "maija.meikalainen@mail.example"


def page_of(client, name, *args, **query):
    return client.get(reverse(f"admin:{name}", args=args), query)


def words(response):
    return response.content.decode()


@pytest.fixture
def mixed_messages():
    """Two mailings and loose messages, of every state, with reasons, by mail and by text message."""
    batches = [None, *BatchFactory.create_batch(2)]
    finished = {"worker": "w", "fenced_at": "2026-11-01T08:00Z", "final_at": "2026-11-01T08:00Z"}
    under_way = {"worker": "w", "lease_until": "2026-11-01T08:02Z"}
    for number, batch in enumerate(batches, 1):
        for channel, address in (("email", "a@mail.example"), ("sms", "+358401234567")):
            kind = {"batch": batch, "channel": channel, "address": address}
            MessageFactory.create_batch(3 * number, **kind)
            MessageFactory(state="claimed", **under_way, **kind)
            MessageFactory(state="handing", fenced_at="2026-11-01T08:00Z", **under_way, **kind)
            MessageFactory.create_batch(5, state="accepted", **finished, **kind)
            MessageFactory.create_batch(2, state="accepted", reason="complaint", **finished, **kind)
            MessageFactory.create_batch(number, state="delivered", **finished, **kind)
            MessageFactory.create_batch(2, refused=True, **kind)
            MessageFactory(state="bounced", reason="hard_bounce", **finished, **kind)
            MessageFactory(state="bounced", reason="soft_bounce", **finished, **kind)
            MessageFactory(state="expired", reason="try_later", **finished, **kind)
            MessageFactory(state="cancelled", reason="unsubscribed", **finished, **kind)
            MessageFactory.create_batch(2, unknown=True, **kind)
            MessageFactory(unknown=True, decided_at="2026-11-02T08:00Z", **kind)
    return batches


# ---------- numbers ----------
def test_every_number_of_the_overview_equals_a_recount_from_the_rows(chiara_client, mixed_messages):
    context = page_of(chiara_client, "dispatch_overview").context
    rows = list(Message.objects.all())
    states = Counter(row.state for row in rows)
    of_channel = Counter((row.state, row.channel) for row in rows)
    reasons = Counter((row.state, row.reason) for row in rows if row.reason)
    counts = context["counts"]
    assert {
        "total": counts.total,
        "waiting": counts.waiting,
        "under way": counts.under_way,
        "arrived": counts.arrived,
        "failed": counts.failed,
        "unknown": counts.unknown,
        "cancelled": counts.cancelled,
        "undecided": context["undecided"],
        "states": {row.state: (row.email, row.sms, row.total) for row in context["states"]},
        "channels": dict(context["channels"]),
        "reasons": {(row.state, row.reason): row.messages for row in context["reasons"]},
    } == {
        "total": len(rows),
        "waiting": sum(states[state] for state in WAITING),
        "under way": states["claimed"] + states["handing"],
        "arrived": sum(states[state] for state in ARRIVED),
        "failed": sum(states[state] for state in FAILED),
        "unknown": states["unknown"],
        "cancelled": states["cancelled"],
        "undecided": sum(row.state == "unknown" and row.decided_at is None for row in rows),
        "states": {
            state: (of_channel[state, "email"], of_channel[state, "sms"], states[state]) for state in State
        },
        "channels": dict(Counter(row.channel for row in rows)),
        "reasons": dict(reasons),
    }


def test_every_number_of_a_mailing_equals_a_recount_from_the_rows(chiara_client, mixed_messages):
    context = page_of(chiara_client, "dispatch_overview").context
    shown = {
        row.batch.pk: (row.counts.waiting, row.counts.arrived, row.counts.failed, row.counts.percent_done)
        for row in context["mailings"]
    }
    recounted = {}
    for batch in mixed_messages[1:]:
        states = Counter(batch.messages.values_list("state", flat=True))
        waiting, total = sum(states[state] for state in WAITING), sum(states.values())
        recounted[batch.pk] = (
            waiting,
            sum(states[state] for state in ARRIVED),
            sum(states[state] for state in FAILED),
            100 * (total - waiting) // total,
        )
    assert shown == recounted


def test_numbers_of_the_list_of_mailings_are_those_of_their_rows(chiara_client, mixed_messages):
    page = page_of(chiara_client, "dispatch_batch_changelist")
    shown = {batch.pk: batch.counts.total for batch in page.context["cl"].result_list}
    assert shown == {batch.pk: batch.messages.count() for batch in mixed_messages[1:]}


def test_link_behind_a_number_leads_to_just_as_many_messages(chiara_client, mixed_messages):
    for row in Counts.of_all().by_reason():
        page = page_of(
            chiara_client, "dispatch_message_changelist", state__exact=row.state, reason__exact=row.reason
        )
        assert page.context["cl"].result_count == row.messages


def test_mailing_is_done_only_when_nothing_waits():
    batch = BatchFactory()
    MessageFactory.create_batch(199, batch=batch, refused=True)
    MessageFactory(batch=batch)
    assert Counts.of_batches([batch.pk]).percent_done == 99


# ---------- fixed number of queries ----------
def test_messages_that_were_counted_as_none_are_not_looked_for(chiara_client):
    MessageFactory(state="queued")
    address = reverse("admin:dispatch_message_changelist")
    with CaptureQueriesContext(connection) as found:
        chiara_client.get(address, {"state__exact": "queued"})
    with CaptureQueriesContext(connection) as none:
        page = chiara_client.get(address, {"state__exact": "expired"}).content.decode()
    assert "Nothing fits this selection" in page
    assert len(none) < len(found)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("dispatch_overview", 5),
        ("dispatch_unknown", 3),
        ("dispatch_outbox", 2),
        ("dispatch_batch_changelist", 5),
        ("dispatch_message_changelist", 4),
        ("dispatch_suppression_changelist", 3),
        ("dispatch_gatewaystate_changelist", 3),
    ],
)
def test_page_needs_a_fixed_number_of_queries(chiara_client, name, queries, rows):
    """Of its own: the frame around it has its own test."""
    for number in range(rows):
        MessageFactory(unknown=True, batch=BatchFactory())
        suppress(address=f"person{number}@mail.example", reason="staff")
        OutboxMail.objects.create(
            channel="email", address=ADDRESS, text="Hi", message_id=f"<{number}@cx.example>"
        )
    GatewayState.objects.create(channel="email")
    with CaptureQueriesContext(connection) as captured:
        page_of(chiara_client, name)
    assert len([query for query in captured if '"dispatch_' in query["sql"]]) == queries


# ---------- who may open them ----------
PAGES = [
    ("dispatch_overview", []),
    ("dispatch_unknown", []),
    ("dispatch_outbox", []),
    ("dispatch_outbox_mail", [1]),
    ("dispatch_outbox_html", [1]),
    ("dispatch_preview", []),
    ("dispatch_preview_text", ["notice", "en"]),
    ("dispatch_preview_html", ["notice", "en"]),
    ("dispatch_batch_changelist", []),
    ("dispatch_batch_change", [1]),
    ("dispatch_message_changelist", []),
    ("dispatch_message_change", [1]),
    ("dispatch_suppression_changelist", []),
    ("dispatch_gatewaystate_changelist", []),
]
ORDERS = [
    ("dispatch_hold", []),
    ("dispatch_release", []),
    ("dispatch_test", []),
    ("dispatch_unknown", []),
    ("dispatch_mailing", [1, "stop"]),
]


@pytest.fixture
def something_to_leak():
    batch = BatchFactory(pk=1, name="Customer survey, autumn 2026")
    MessageFactory(pk=1, batch=batch, unknown=True, address=ADDRESS, cause="wave:1:4:invitation")
    OutboxMail.objects.create(
        pk=1, channel="email", address=ADDRESS, subject="Hi", text="Hi", message_id="<1@x>"
    )
    suppress(address=ADDRESS, reason="staff")


@pytest.mark.parametrize("person", ["aino", "bram", "elif_"])
@pytest.mark.parametrize(("name", "args"), PAGES)
def test_page_is_closed_to_those_who_do_not_keep_the_system(request, something_to_leak, person, name, args):
    page = page_of(request.getfixturevalue(person.rstrip("_") + "_client"), name, *args)
    assert page.status_code == 403
    assert not any(secret in words(page) for secret in (ADDRESS, "autumn 2026", "wave:1:4:invitation"))


@pytest.mark.parametrize("person", ["chiara", "dimitri"])
@pytest.mark.parametrize(("name", "args"), [page for page in PAGES if page[0] != "dispatch_preview"])
def test_page_is_open_to_the_cx_team_and_administrators(request, something_to_leak, person, name, args):
    assert page_of(request.getfixturevalue(f"{person}_client"), name, *args).status_code == 200


@pytest.mark.parametrize("person", ["aino", "bram", "elif_"])
@pytest.mark.parametrize(("name", "args"), ORDERS)
def test_order_is_refused_from_those_who_do_not_keep_the_system(
    request, something_to_leak, person, name, args
):
    client = request.getfixturevalue(person.rstrip("_") + "_client")
    answer = client.post(
        reverse(f"admin:{name}", args=args), {"which": "all", "newest": "9", "decision": "again"}
    )
    assert answer.status_code == 403
    assert list(Message.objects.values_list("state", "decided_at")) == [("unknown", None)]
    assert Batch.objects.get().state == "running"
    assert not Hold.objects.exists()


@pytest.mark.parametrize(("name", "args"), PAGES + ORDERS)
def test_visitor_is_led_to_sign_in(client, something_to_leak, name, args):
    page = page_of(client, name, *args)
    assert page.status_code == 302
    assert "/account/login/" in page.headers["Location"]


@pytest.mark.parametrize(("name", "args"), [order for order in ORDERS if order[0] != "dispatch_unknown"])
def test_order_is_given_by_post_only(chiara_client, something_to_leak, name, args):
    assert page_of(chiara_client, name, *args).status_code == 405


@pytest.mark.parametrize(
    "name", ["dispatch_message_changelist", "dispatch_unknown", "dispatch_suppression_changelist"]
)
def test_addresses_are_shown_in_part_at_most(chiara_client, something_to_leak, name):
    page = words(page_of(chiara_client, name))
    assert ADDRESS not in page
    assert "meikalainen" not in page


def test_contents_and_address_of_a_message_are_not_on_its_page(chiara_client):
    message = MessageFactory(address=ADDRESS, data={"title": "Your permit", "paragraphs": []})
    page = words(page_of(chiara_client, "dispatch_message_change", message.pk))
    assert "m***@mail.example" in page
    assert ADDRESS not in page
    assert "Your permit" not in page


@pytest.mark.parametrize("model", [Message, Batch, GatewayState, Suppression])
def test_nobody_edits_history(chiara_client, rf, chiara, model):
    request = rf.get("/")
    request.user = chiara
    page = admin.site._registry[model]
    assert page.has_change_permission(request) is False
    assert page.has_add_permission(request) is (model is Suppression)


# ---------- searching ----------
@pytest.mark.parametrize(
    "term",
    ["wave:1:4:invitation", ADDRESS, ADDRESS.upper(), "<1@cx.example>", "1@cx.example", f" {ADDRESS} "],
)
def test_message_is_found_by_its_cause_its_id_or_its_address(chiara_client, term):
    wanted = MessageFactory(cause="wave:1:4:invitation", address=ADDRESS, message_id="<1@cx.example>")
    MessageFactory.create_batch(3)
    assert list(page_of(chiara_client, "dispatch_message_changelist", q=term).context["cl"].result_list) == [
        wanted
    ]


def test_text_message_is_found_by_its_number(chiara_client):
    wanted = MessageFactory(channel="sms", address="+358401234567")
    MessageFactory.create_batch(3)
    page = page_of(chiara_client, "dispatch_message_changelist", q="+358 40 1234567")
    assert list(page.context["cl"].result_list) == [wanted]


def test_messages_of_one_mailing_are_listed(chiara_client):
    wanted = MessageFactory(batch=BatchFactory())
    MessageFactory(batch=BatchFactory())
    page = page_of(chiara_client, "dispatch_message_changelist", mailing=wanted.batch_id)
    assert list(page.context["cl"].result_list) == [wanted]


# ---------- hold and release everything ----------
def test_restored_system_says_so_and_asks(chiara_client):
    restored.hold_all(reason="restored")
    page = words(page_of(chiara_client, "dispatch_overview"))
    assert "the database was restored from a backup" in page
    assert reverse("admin:dispatch_release") in page
    assert restored.is_on_hold()


def test_release_names_the_person_who_decided(chiara_client, chiara):
    restored.hold_all(reason="restored")
    chiara_client.post(reverse("admin:dispatch_release"))
    assert list(Hold.objects.values_list("released_by", "reason")) == [(chiara.pk, "restored")]
    assert not restored.is_on_hold()


def test_everything_can_be_held(chiara_client, chiara):
    chiara_client.post(reverse("admin:dispatch_hold"))
    assert list(Hold.objects.values_list("held_by", "released_at")) == [(chiara.pk, None)]


def test_paused_gateway_is_named_with_the_time(chiara_client):
    GatewayState.objects.create(
        channel="sms", open_until="2099-01-01T10:00Z", failures=20, last_error="Timeout"
    )
    assert "Text message: paused by the gateway until" in words(page_of(chiara_client, "dispatch_overview"))


def test_gateway_that_answers_again_is_not_called_paused(chiara_client):
    GatewayState.objects.create(channel="sms", open_until="2020-01-01T10:00Z", failures=20)
    assert "paused by the gateway" not in words(page_of(chiara_client, "dispatch_overview"))


# ---------- one mailing ----------
@pytest.mark.parametrize(
    ("state", "verb", "after"),
    [
        ("running", "hold", "held"),
        ("held", "release", "running"),
        ("running", "stop", "stopped"),
        ("held", "stop", "stopped"),
        ("stopped", "release", "stopped"),
        ("stopped", "hold", "stopped"),
    ],
)
def test_mailing_changes_as_told(chiara_client, chiara, state, verb, after):
    batch = BatchFactory(state=state)
    chiara_client.post(reverse("admin:dispatch_mailing", args=[batch.pk, verb]))
    batch.refresh_from_db()
    assert (batch.state, batch.changed_by) == (after, chiara if state != after else None)


def test_stopping_a_mailing_cancels_what_has_not_left(chiara_client):
    batch = BatchFactory()
    MessageFactory(batch=batch)
    MessageFactory(batch=batch, accepted=True)
    page = chiara_client.post(reverse("admin:dispatch_mailing", args=[batch.pk, "stop"]), follow=True)
    assert "The mailing is stopped: 1 message is not sent." in words(page)
    assert set(Message.objects.values_list("state", "reason")) == {("cancelled", "stopped"), ("accepted", "")}


@pytest.mark.parametrize("args", [[99, "stop"], [1, "explode"]])
def test_unknown_mailing_or_order_is_not_found(chiara_client, args):
    BatchFactory(pk=1)
    assert chiara_client.post(reverse("admin:dispatch_mailing", args=args)).status_code == 404


# ---------- unknown messages ----------
def decide(client, **fields):
    return client.post(reverse("admin:dispatch_unknown"), fields, follow=True)


def test_chosen_message_is_sent_once_more_and_marked(chiara_client, chiara):
    chosen, other = MessageFactory.create_batch(2, unknown=True)
    decide(chiara_client, message=[chosen.pk], which="chosen", decision="again")
    chosen.refresh_from_db()
    other.refresh_from_db()
    assert (chosen.state, chosen.is_possible_double, chosen.decided_by) == ("queued", True, chiara)
    assert (other.state, other.decided_at) == ("unknown", None)


def test_chosen_message_is_left_and_asked_about_no_more(chiara_client, chiara):
    chosen, other = MessageFactory.create_batch(2, unknown=True)
    page = decide(chiara_client, message=[chosen.pk], which="chosen", decision="leave")
    chosen.refresh_from_db()
    assert (chosen.state, chosen.decided_by) == ("unknown", chiara)
    assert list(page.context["page"]) == [other]


def test_all_means_those_that_were_in_the_list_when_it_was_made(chiara_client):
    seen = MessageFactory.create_batch(3, unknown=True)
    newest = page_of(chiara_client, "dispatch_unknown").context["newest"]
    later = MessageFactory(unknown=True)
    decide(chiara_client, which="all", newest=newest, decision="leave")
    assert set(Message.objects.undecided()) == {later}
    assert Message.objects.filter(decided_at__isnull=False).count() == len(seen)


@pytest.mark.parametrize(
    "fields",
    [
        {"which": "chosen", "decision": "again"},
        {"which": "chosen", "decision": "again", "message": ["x", "-1", "999"]},
        {"which": "all", "newest": "x", "decision": "again"},
        {"which": "all", "newest": "", "decision": "leave"},
        {"which": "all", "newest": "99999"},
        {"decision": "explode", "which": "all", "newest": "99999"},
    ],
)
def test_nothing_chosen_changes_nothing(chiara_client, fields):
    MessageFactory(unknown=True)
    assert decide(chiara_client, **fields).status_code == 200
    assert list(Message.objects.values_list("state", "decided_at")) == [("unknown", None)]


def test_message_with_a_known_outcome_is_not_sent_again_by_a_forged_form(chiara_client):
    message = MessageFactory(accepted=True)
    decide(chiara_client, message=[message.pk], which="chosen", decision="again")
    message.refresh_from_db()
    assert (message.state, message.is_possible_double) == ("accepted", False)


# ---------- text messages without a gateway ----------
TOLD_OF = {
    "mail": "1 mail waits: no mail server is set.",
    "text messages": "2 text messages wait: no gateway for text messages is set.",
}


@pytest.mark.parametrize("page", ["overview", "mailing"])
@pytest.mark.parametrize(
    ("email_url", "sms_url", "told"),
    [
        ("", "", ["mail", "text messages"]),
        ("smtp://mail.example", "", ["text messages"]),
        ("", "https://sms.example/send", ["mail"]),
        ("smtp://mail.example", "https://sms.example/send", []),
    ],
)
def test_messages_that_wait_for_a_gateway_are_told_of(
    chiara_client, settings, page, email_url, sms_url, told
):
    settings.EMAIL_URL, settings.SMS_URL, settings.PRODUCTION = email_url, sms_url, True
    batch = BatchFactory()
    MessageFactory.create_batch(2, channel="sms", address="+358401234567", batch=batch)
    MessageFactory(batch=batch)
    name, arguments = {"overview": ("overview", []), "mailing": ("batch_change", [batch.pk])}[page]
    shown = words(page_of(chiara_client, f"dispatch_{name}", *arguments))
    assert [channel for channel, sentence in TOLD_OF.items() if sentence in shown] == told


# ---------- the local outbox ----------
def mail_in_outbox(**fields):
    fields = {
        "channel": "email",
        "address": ADDRESS,
        "subject": "Hi",
        "text": "Hi",
        "message_id": "<1@x>",
    } | fields
    return OutboxMail.objects.create(**fields)


def test_mail_is_shown_in_a_frame_that_runs_nothing(chiara_client):
    mail = mail_in_outbox(html='<p style="color:red"><a href="https://cx.example/s/1">Begin</a></p>')
    page = page_of(chiara_client, "dispatch_outbox_mail", mail.pk)
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in words(page)
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]


def test_only_the_frame_itself_may_carry_styles_in_it(chiara_client):
    mail = mail_in_outbox(html='<p style="color:red"><a href="https://cx.example/s/1">Begin</a></p>')
    page = page_of(chiara_client, "dispatch_outbox_html", mail.pk)
    rules = {rule.strip() for rule in page.headers["Content-Security-Policy"].split(";")}
    assert {"default-src 'none'", "style-src 'unsafe-inline'", "frame-ancestors 'self'"} <= rules
    assert not [
        rule for rule in rules if "script" in rule and "none" not in rule and rule != "script-src 'self'"
    ]
    assert page.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert '<a target="_blank" rel="noopener" href="https://cx.example/s/1">' in words(page)


def test_link_in_a_text_message_can_be_followed(chiara_client):
    mail = mail_in_outbox(channel="sms", subject="", text="Begin: https://cx.example/s/1")
    assert '<a href="https://cx.example/s/1"' in words(
        page_of(chiara_client, "dispatch_outbox_mail", mail.pk)
    )


def test_text_of_a_mail_cannot_bring_markup_into_the_page(chiara_client):
    mail = mail_in_outbox(subject="<script>alert(1)</script>", text="<script>alert(2)</script>")
    assert "<script>alert" not in words(page_of(chiara_client, "dispatch_outbox_mail", mail.pk))


@pytest.mark.parametrize("name", ["dispatch_outbox_mail", "dispatch_outbox_html"])
def test_mail_for_the_account_of_another_is_not_readable_by_the_cx_team(chiara_client, dimitri_client, name):
    """The link in it would hand over the account."""
    message = MessageFactory(purpose="account", accepted=True)
    mail = mail_in_outbox(message_id=message.message_id, subject="Choose a new password")
    assert page_of(chiara_client, name, mail.pk).status_code == 404
    assert "Choose a new password" not in words(page_of(chiara_client, "dispatch_outbox"))
    assert page_of(dimitri_client, name, mail.pk).status_code == 200


def test_mail_for_ones_own_account_is_readable(chiara_client, chiara):
    chiara.email = ADDRESS
    chiara.save()
    message = MessageFactory(purpose="account", accepted=True)
    mail = mail_in_outbox(message_id=message.message_id)
    assert page_of(chiara_client, "dispatch_outbox_mail", mail.pk).status_code == 200


# ---------- message texts ----------
@pytest.mark.parametrize("code", [template.code for template in message_templates()])
@pytest.mark.parametrize("language", ["en", "ar", "ti"])
def test_every_message_can_be_seen_in_any_language(chiara_client, code, language):
    page = page_of(chiara_client, "dispatch_preview_text", code, language)
    assert page.status_code == 200
    assert words(page).count("/texts/" + code) >= len(LANGUAGES)


def test_frame_of_a_preview_is_in_the_language_of_the_message(chiara_client):
    assert '<html lang="ar" dir="rtl">' in words(
        page_of(chiara_client, "dispatch_preview_html", "notice", "ar")
    )


def test_preview_tells_how_long_a_text_message_is(chiara_client):
    assert "charged as 1 message" in words(page_of(chiara_client, "dispatch_preview_text", "test", "en"))


@pytest.mark.parametrize("args", [("nothing", "en"), ("notice", "tlh")])
def test_unknown_message_or_language_is_not_found(chiara_client, args):
    assert page_of(chiara_client, "dispatch_preview_text", *args).status_code == 404


def test_preview_leaves_nothing_behind(chiara_client):
    page_of(chiara_client, "dispatch_preview_html", "notice", "en")
    assert not Message.objects.exists()


def test_list_of_texts_leads_to_the_first(chiara_client):
    page = page_of(chiara_client, "dispatch_preview")
    assert page.headers["Location"] == reverse(
        "admin:dispatch_preview_text", args=[message_templates()[0].code, "en"]
    )


# ---------- test message ----------
def test_test_message_goes_to_oneself_only(chiara_client, chiara):
    chiara.email = "chiara@agency.example"
    chiara.language = "fi"
    chiara.save()
    chiara_client.post(reverse("admin:dispatch_test"), {"address": ADDRESS})
    assert list(Message.objects.values_list("address", "template", "language", "purpose")) == [
        ("chiara@agency.example", "test", "fi", "test")
    ]


def test_test_message_without_an_address_says_so(chiara_client):
    page = chiara_client.post(reverse("admin:dispatch_test"), follow=True)
    assert "Your account has no e-mail address." in words(page)
    assert not Message.objects.exists()


# ---------- suppressed addresses ----------
def test_address_is_suppressed_by_staff_without_being_kept(chiara_client):
    waiting = MessageFactory(address=ADDRESS)
    chiara_client.post(
        reverse("admin:dispatch_suppression_add"),
        {"channel": "email", "address": ADDRESS.title(), "scope": ""},
    )
    assert list(Suppression.objects.values_list("address_hash", "scope", "reason")) == [
        (waiting.address_hash, "", "staff")
    ]
    waiting.refresh_from_db()
    assert waiting.state == "cancelled"


def test_impossible_address_is_not_suppressed(chiara_client):
    page = chiara_client.post(
        reverse("admin:dispatch_suppression_add"), {"channel": "email", "address": "nobody", "scope": ""}
    )
    assert "No message can be sent to such an address." in words(page)
    assert not Suppression.objects.exists()


def test_address_suppressed_already_is_taken_in_silence(chiara_client):
    suppress(address=ADDRESS, reason="opt_out")
    answer = chiara_client.post(
        reverse("admin:dispatch_suppression_add"), {"channel": "email", "address": ADDRESS, "scope": ""}
    )
    assert answer.status_code == 302
    assert Suppression.objects.count() == 1


def test_suppressed_address_is_found_by_itself(chiara_client):
    suppress(address=ADDRESS, reason="opt_out")
    suppress(address="other@mail.example", reason="opt_out")
    page = page_of(chiara_client, "dispatch_suppression_changelist", q=ADDRESS)
    assert page.context["cl"].result_count == 1


@pytest.mark.parametrize(
    ("reason", "is_lifted"),
    [("staff", True), ("hard_bounce", True), ("opt_out", False), ("complaint", False), ("erased", False)],
)
def test_staff_lifts_only_what_the_person_did_not_ask_for(chiara_client, reason, is_lifted):
    suppress(address=ADDRESS, reason=reason)
    row = Suppression.objects.get()
    chiara_client.post(reverse("admin:dispatch_suppression_delete", args=[row.pk]), {"post": "yes"})
    assert Suppression.objects.exists() is not is_lifted


# ---------- rates ----------
def test_administrator_sets_the_rate_of_a_gateway(dimitri_client):
    gateway = GatewayState.objects.create(channel="sms", failures=3)
    dimitri_client.post(
        reverse("admin:dispatch_gatewaystate_change", args=[gateway.pk]),
        {"rate_per_minute": "70", "failures": "0"},
    )
    gateway.refresh_from_db()
    assert (gateway.rate_per_minute, gateway.failures) == (70, 3)
