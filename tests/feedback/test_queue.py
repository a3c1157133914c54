"""The queue: what waits for whom, and what becomes of it."""

from datetime import UTC, datetime, timedelta

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from feedback import publishing, replies
from feedback.models import Assignment, Item, Publication, Reply
from feedback.queue import Chosen, items_of
from tests.factories import AssignmentFactory, ReplyFactory, TopicFactory, UnitFactory, VoiceFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
QUEUE = "queue:queue"


@pytest.fixture
def of_a(unit_a):
    return AssignmentFactory(item=VoiceFactory(unit=unit_a, text="The voice of A"), unit=unit_a)


@pytest.fixture
def of_b(unit_b):
    return AssignmentFactory(item=VoiceFactory(unit=unit_b, text="The voice of B"), unit=unit_b)


def do(client, name, item, **data):
    return client.post(reverse(f"queue:{name}", args=[item.pk]), data, follow=True)


def shown(user, **chosen) -> list[Item]:
    return list(items_of(user, Chosen(**chosen)))


def words(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


# ---------- reading ----------


def test_the_queue_needs_a_fixed_number_of_queries(chiara_client, unit_a):
    counts = []
    for _ in range(2):
        for _voice in range(2):
            item = VoiceFactory(unit=unit_a)
            item.topics.add(TopicFactory())
            ReplyFactory(assignment=AssignmentFactory(item=item, unit=UnitFactory(parent=unit_a)))
            VoiceFactory(merged_into=item)
        chiara_client.get(reverse(QUEUE))
        with CaptureQueriesContext(connection) as queries:
            assert chiara_client.get(reverse(QUEUE)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_waits_longest_is_open_beside_the_list(chiara_client, unit_a):
    for day in (5, 2, 9):
        AssignmentFactory(
            item=VoiceFactory(
                unit=unit_a, text=f"Day {day}", received_at=datetime(2026, 11, day, tzinfo=UTC)
            ),
            unit=unit_a,
        )
    page = chiara_client.get(reverse(QUEUE))
    assert (page.context["item"].text, [row.text for row, _days in page.context["rows"]]) == (
        "Day 2",
        ["Day 2", "Day 5", "Day 9"],
    )


@pytest.mark.parametrize(
    "address", ["item", "reveal", "route", "end", "draft", "propose", "topics", "spam", "split"]
)
def test_a_voice_out_of_scope_answers_like_one_that_never_was(bram_client, of_a, address):
    method = bram_client.get if address == "item" else bram_client.post
    answers = [
        method(reverse(f"queue:{address}", args=[key]))
        for key in (of_a.item.pk, "00000000-0000-4000-8000-000000000000")
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert "The voice of A" not in answers[0].content.decode()


@pytest.mark.parametrize("show", ["waiting", "late", "approve", "release", "done"])
def test_nobody_sees_a_voice_of_another_unit_in_the_list(bram_client, of_a, of_b, aino, show):
    ReplyFactory(assignment=of_a)
    publishing.propose(item=_willing(of_a.item), by=aino)
    page = bram_client.get(reverse(QUEUE), {"show": show, "q": ""}).content.decode()
    assert "The voice of A" not in page


def _willing(item):
    item.may_publish = True
    item.save()
    return item


def test_the_search_finds_nothing_out_of_scope(bram_client, of_a, of_b):
    page = bram_client.get(reverse(QUEUE), {"q": "voice"})
    assert [row.pk for row, _days in page.context["rows"]] == [of_b.item.pk]


def test_the_filter_by_unit_names_units_in_scope_only(bram_client, of_a, of_b):
    page = bram_client.get(reverse(QUEUE))
    units = next(one for one in page.context["filters"] if str(one.title) == "Unit")
    assert [option.words for option in units.options] == ["All", "Counter B"]


@pytest.mark.parametrize("client", ["elif_client", "dimitri_client"])
@pytest.mark.parametrize("name", ["queue", "backlog"])
def test_who_handles_no_feedback_has_no_queue(request, client, name):
    assert request.getfixturevalue(client).get(reverse(f"queue:{name}")).status_code == 403


def test_somebody_signed_out_is_led_to_the_sign_in(client, of_a):
    answer = client.get(reverse("queue:item", args=[of_a.item.pk]))
    assert answer["Location"].split("?")[0] == reverse("account_login")


def test_what_is_handed_to_another_unit_no_longer_waits_here(bram, of_b, unit_a):
    of_b.unit = unit_a
    of_b.save()
    assert (shown(bram), list(Item.objects.for_user(bram))) == ([], [of_b.item])


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ({"kind": "tip"}, ["tip"]),
        ({"tone": "negative"}, ["bad"]),
        ({"language": "ar"}, ["arabic"]),
        ({"topic": "signs"}, ["signs"]),
        ({"q": "ÄÄNI"}, ["finnish"]),
        ({"q": "الانتظار"}, ["arabic"]),
    ],
)
def test_the_list_is_narrowed(chiara, chosen, found):
    made = {
        "tip": VoiceFactory(kind="tip"),
        "bad": VoiceFactory(tone="negative"),
        "arabic": VoiceFactory(language="ar", text="وقت الانتظار طويل"),
        "signs": VoiceFactory(),
        "finnish": VoiceFactory(text="Tässä on ääni"),
    }
    made["signs"].topics.add(TopicFactory(code="signs"))
    assert shown(chiara, **chosen) == [made[name] for name in found]


def test_what_is_masked_is_on_no_page_of_the_queue(bram_client, unit_b):
    item = VoiceFactory(unit=unit_b, text="Call 040 123 4567 now", marks=[[5, 17, "phone"]])
    AssignmentFactory(item=item, unit=unit_b)
    page = bram_client.get(reverse("queue:item", args=[item.pk])).content.decode()
    assert "Call ••• now" in page
    assert "4567" not in page


def test_what_is_hidden_is_shown_to_a_manager_and_that_is_kept(aino_client, aino, unit_a):
    item = VoiceFactory(
        unit=unit_a, text="Call 040 123 4567 now", marks=[[5, 17, "phone"]], has_personal_data=True
    )
    AssignmentFactory(item=item, unit=unit_a)
    assert "040 123 4567" in do(aino_client, "reveal", item).content.decode()
    assert LogEntry.objects.get(action=LogEntry.Action.ACCESS).actor == aino


def test_what_is_hidden_is_not_shown_to_desk_staff(bram_client, of_b):
    assert bram_client.post(reverse("queue:reveal", args=[of_b.item.pk])).status_code == 403


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{ 7*7 }}{% debug %}",
        "javascript:alert(1)",
        "</textarea><script>alert(1)</script>",
        "\u202egnp.exe",
    ],
)
def test_what_was_written_is_text_and_nothing_else(chiara_client, unit_a, attack):
    AssignmentFactory(
        item=VoiceFactory(unit=unit_a, text=attack, kind="story", may_publish=True), unit=unit_a
    )
    page = chiara_client.get(reverse(QUEUE))
    assert page.status_code == 200
    assert all(sign not in page.content.decode() for sign in ["<script>alert", "<img src=x"])


@pytest.mark.parametrize(
    "query", ["show=x&page=-1", "page=999999", "kind=<b>&tone=%00", "unit=%27&topic=%22", "part=x"]
)
def test_a_broken_address_shows_a_page(chiara_client, of_a, query):
    assert chiara_client.get(f"{reverse(QUEUE)}?{query}").status_code == 200


# ---------- deciding ----------


def test_routing_leads_on_to_the_next_voice(bram_client, of_b, unit_a, unit_b):
    following = AssignmentFactory(
        item=VoiceFactory(unit=unit_b, received_at=NOW), unit=unit_b, assigned_at=NOW, due_at=NOW
    ).item
    answer = do(bram_client, "route", of_b.item, unit=unit_a.pk, part=of_b.pk)
    assert Assignment.objects.get(item=of_b.item).unit == unit_a
    assert answer.context["item"] == following


def test_a_second_unit_is_concerned_as_well(bram_client, of_b, unit_a, unit_b):
    do(bram_client, "route", of_b.item, unit=unit_a.pk, part=of_b.pk, also="on")
    assert {one.unit for one in of_b.item.assignments.all()} == {unit_a, unit_b}


def test_staff_hand_over_to_the_cx_team(bram_client, of_b):
    do(bram_client, "route", of_b.item, unit="team", part=of_b.pk)
    assert Assignment.objects.get(item=of_b.item).unit is None


@pytest.mark.parametrize("unit", ["", "x", "99999999", "-1"])
def test_without_a_unit_nothing_is_routed(bram_client, of_b, unit_b, unit):
    do(bram_client, "route", of_b.item, unit=unit, part=of_b.pk)
    assert Assignment.objects.get().unit == unit_b


def test_it_ends_with_its_reason(bram_client, of_b):
    do(bram_client, "end", of_b.item, part=of_b.pk, outcome="noted", reason="Known since May.")
    assert Assignment.objects.values_list("outcome", "reason").get() == ("noted", "Known since May.")


def test_without_a_reason_it_does_not_end(bram_client, of_b):
    answer = do(bram_client, "end", of_b.item, part=of_b.pk, outcome="noted", reason=" ")
    assert (words(answer), Assignment.objects.get().outcome) == (["Say why in a sentence."], "")


@pytest.mark.parametrize("outcome", ["answered", "became_action", "", "x"])
def test_an_outcome_that_follows_from_something_else_is_not_set_by_hand(bram_client, of_b, outcome):
    do(bram_client, "end", of_b.item, part=of_b.pk, outcome=outcome, reason="Why not.")
    assert Assignment.objects.get().outcome == ""


def test_nobody_ends_the_part_of_another_unit(bram_client, of_b, unit_a):
    other = AssignmentFactory(item=of_b.item, unit=unit_a)
    answer = bram_client.post(
        reverse("queue:end", args=[of_b.item.pk]), {"part": other.pk, "outcome": "spam"}
    )
    assert (answer.status_code, Assignment.objects.get(pk=other.pk).outcome) == (404, "")


def test_the_cx_team_ends_what_nobody_has(chiara_client):
    item = VoiceFactory()
    do(chiara_client, "end", item, outcome="not_actionable", reason="A law says so.")
    assert Assignment.objects.values_list("unit", "outcome").get() == (None, "not_actionable")


def test_another_due_date_needs_a_reason(bram_client, of_b):
    day = (timezone.localdate() + timedelta(days=30)).isoformat()
    do(bram_client, "due", of_b.item, part=of_b.pk, due=day, reason="")
    before = Assignment.objects.get().due_at
    do(bram_client, "due", of_b.item, part=of_b.pk, due=day, reason="The lawyer is away.")
    assert (before, timezone.localdate(Assignment.objects.get().due_at).isoformat()) == (of_b.due_at, day)


def test_an_answer_is_drafted_approved_and_sent(bram_client, chiara_client, of_b):
    do(bram_client, "draft", of_b.item, part=of_b.pk, text="Thank you.\r\nIt is mended.", language="en")
    reply = Reply.objects.get()
    do(
        chiara_client,
        "approve",
        of_b.item,
        reply=reply.pk,
        read="Thank you.\r\nIt is mended.",
        is_public="on",
    )
    do(bram_client, "send", of_b.item, reply=reply.pk)
    assert Reply.objects.values_list("state", "text", "is_public").get() == (
        "sent",
        "Thank you.\nIt is mended.",
        True,
    )
    assert Assignment.objects.get().outcome == "answered"


def test_words_that_were_not_read_are_not_approved(chiara_client, of_b, bram):
    reply = replies.draft(assignment=of_b, text="New words.", language="en", by=bram)
    do(chiara_client, "approve", of_b.item, reply=reply.pk, read="Old words.")
    assert Reply.objects.get().state == "draft"


def test_a_story_is_proposed_read_and_released(bram_client, chiara_client, of_b):
    do(bram_client, "propose", _willing(of_b.item))
    do(chiara_client, "release", of_b.item, text="A voice.", language="en")
    assert Publication.objects.released().values_list("text", "released_by__username").get() == (
        "A voice.",
        "chiara",
    )


def test_the_draft_of_another_unit_is_not_shown(bram_client, of_b, unit_a):
    ReplyFactory(assignment=AssignmentFactory(item=of_b.item, unit=unit_a), text="Not yet for anybody.")
    page = bram_client.get(reverse("queue:item", args=[of_b.item.pk])).content.decode()
    assert "Not yet for anybody." not in page


# ---------- many at once ----------


def many(client, items, **data):
    return client.post(reverse("queue:many"), {"item": [item.pk for item in items], **data}, follow=True)


@pytest.fixture
def three(unit_b):
    return [
        AssignmentFactory(
            item=VoiceFactory(unit=unit_b, received_at=NOW - timedelta(days=n)), unit=unit_b
        ).item
        for n in range(3)
    ]


def test_many_are_routed_at_once(bram_client, three, unit_a):
    many(bram_client, three, do="route", unit=unit_a.pk)
    assert list(Assignment.objects.values_list("unit", flat=True)) == [unit_a.pk] * 3


def test_many_are_noted_for_one_reason(bram_client, three):
    many(bram_client, three, do="noted", reason="The same fault.")
    assert set(Assignment.objects.values_list("outcome", "reason")) == {("noted", "The same fault.")}


def test_many_are_put_together_under_the_oldest(bram_client, three):
    many(bram_client, three, do="merge")
    assert list(Item.objects.of_queue()) == [three[2]]


def test_many_get_a_topic_and_keep_theirs(bram_client, three):
    old, new = TopicFactory(), TopicFactory()
    three[0].topics.add(old)
    many(bram_client, three, do="topic", topic=new.pk)
    assert (set(new.feedback.all()), set(three[0].topics.all())) == (set(three), {old, new})


@pytest.mark.parametrize("what", [{"do": "route", "unit": "team"}, {"do": "spam"}, {"do": "merge"}])
def test_one_that_is_out_of_sight_and_nothing_is_done(bram_client, three, of_a, what):
    before = list(Assignment.objects.values_list("pk", "unit", "outcome"))
    many(bram_client, [*three, of_a.item], **what)
    assert list(Assignment.objects.values_list("pk", "unit", "outcome")) == before
    assert Item.objects.of_queue().count() == 4


# ---------- backlog ----------


def test_the_backlog_names_units_in_scope_only(aino_client, of_a, of_b):
    rows = aino_client.get(reverse("queue:backlog")).context["rows"]
    assert [(unit.code, row.total) for unit, row in rows] == [("A", 1)]
