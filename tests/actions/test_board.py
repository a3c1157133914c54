"""The board, the page that moves one action, and the list and form of the admin."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from actions.admin.actions import ActionAdmin, CountedOnce
from actions.board import Filters, board_for
from actions.models import Action, Evidence, ExpectedEffect, Note
from tests.factories import ActionFactory, EvidenceFactory, TopicFactory, UnitFigureFactory, VoiceFactory

pytestmark = pytest.mark.django_db

NO_FORMS = {
    f"{prefix}-{count}_FORMS": "0"
    for prefix in ["evidence", "evidence-2", "milestones", "effects", "notes", "events"]
    for count in ["TOTAL", "INITIAL"]
}


def days_ago(days: int) -> date:
    return timezone.localdate() - timedelta(days=days)


def sent(action: Action, **more) -> dict:
    fields = {"title": action.title, "what_and_why": "", "unit": action.unit_id, "owner": ""}
    empty = dict.fromkeys(["due_on", "horizon", "progress", "service", "feasibility", "usefulness"], "")
    return fields | empty | NO_FORMS | more


def titles(column) -> list[str]:
    return [card.action.title for card in column.cards]


def test_each_action_stands_in_the_column_of_its_status(aino, unit_a):
    ActionFactory(unit=unit_a, title="Signs", at_status="decided")
    ActionFactory(unit=unit_a, title="Sundays", at_status="declined")
    board = board_for(aino, Filters())
    assert {column.code: titles(column) for column in board.columns if column.cards} == {
        "decided": ["Signs"],
        "ended": ["Sundays"],
    }


def test_what_is_late_stands_on_top_the_oldest_first(aino, unit_a):
    ActionFactory(unit=unit_a, title="Signs", due_on=days_ago(2))
    ActionFactory(unit=unit_a, title="Screen", due_on=days_ago(9))
    ActionFactory(unit=unit_a, title="In time", due_on=days_ago(-2))
    ActionFactory(unit=unit_a, title="Finished", due_on=days_ago(9), at_status="done")
    late = board_for(aino, Filters()).late
    assert [(card.action.title, card.days_late) for card in late] == [("Screen", 9), ("Signs", 2)]


def test_a_column_shows_its_first_cards_and_counts_them_all(aino, unit_a):
    ActionFactory.create_batch(23, unit=unit_a)
    column = board_for(aino, Filters()).columns[0]
    assert (column.count, len(column.cards), column.more) == (23, 20, 3)


def test_filters_narrow_the_board(aino, unit_a):
    ActionFactory(unit=unit_a, title="Signs", horizon="short", owner=aino)
    ActionFactory(unit=unit_a, title="House", horizon="long")
    assert titles(board_for(aino, Filters(horizon="long")).columns[0]) == ["House"]
    assert titles(board_for(aino, Filters(mine=True)).columns[0]) == ["Signs"]


def test_arrows_lead_where_the_person_may_move_it(aino, unit_a):
    ActionFactory(unit=unit_a, at_status="decided")
    ActionFactory(unit=unit_a, at_status="verified")
    arrows = [
        (card.back and card.back.code, card.on and card.on.code)
        for column in board_for(aino, Filters()).columns
        for card in column.cards
    ]
    assert arrows == [("assessed", "under_way"), (None, None)]


@pytest.mark.parametrize("number", [1, 3])
def test_the_board_needs_a_fixed_number_of_queries(aino, unit_a, number, django_assert_num_queries):
    for status in ["proposed", "done", "declined"]:
        for action in ActionFactory.create_batch(number, unit=unit_a, at_status=status, due_on=days_ago(1)):
            EvidenceFactory(action=action, item=VoiceFactory(), reference="")
    aino.scope  # noqa: B018  read once per request, not here
    with django_assert_num_queries(9):
        board_for(aino, Filters())


def test_the_list_says_how_many_voices_and_whether_an_effect_can_be_read(chiara_client, unit_a):
    loud, quiet = ActionFactory(unit=unit_a, title="Loud"), ActionFactory(unit=unit_a, title="Quiet")
    for _voice in range(3):
        EvidenceFactory(action=loud, item=VoiceFactory(), reference="")
    value = UnitFigureFactory(unit=unit_a, starts_on="2026-02-01", ends_on="2026-02-28")
    for action, day in [(loud, "2026-01-01"), (quiet, "2026-03-01")]:
        ExpectedEffect.objects.create(action=action, figure=value.figure, starts_on=day)
    ActionFactory(unit=unit_a, title="Without")
    page = chiara_client.get(reverse("admin:actions_action_changelist"), {"o": "-6"})
    found = [(row.title, row.voice_count, str(row.effect_state)) for row in page.context["cl"].result_list]
    assert found == [("Loud", 3, "ready"), ("Quiet", 0, "awaited"), ("Without", 0, "")]


@pytest.mark.parametrize(
    ("order", "page", "titles"), [("-6", 1, "4 3"), ("-6", 2, "2 1"), ("6", 2, "2 3"), ("6", 3, "4")]
)
def test_the_list_sorted_by_voices_has_the_same_order_on_all_its_pages(
    chiara_client, unit_a, monkeypatch, order, page, titles
):
    monkeypatch.setattr(ActionAdmin, "list_per_page", 2)
    for number in range(5):
        action = ActionFactory(unit=unit_a, title=str(number), at_status="decided")
        for _voice in range(number):
            EvidenceFactory(action=action, item=VoiceFactory(), reference="")
    found = chiara_client.get(reverse("admin:actions_action_changelist"), {"o": order, "p": page})
    assert " ".join(row.title for row in found.context["cl"].result_list) == titles


def test_the_filters_of_the_list_count_what_they_lead_to(chiara_client, unit_a, unit_b):
    waiting, staff = TopicFactory(code="waiting"), TopicFactory(code="staff")
    ActionFactory(unit=unit_a).topics.add(waiting, staff)
    ActionFactory(unit=unit_a, at_status="done").topics.add(waiting)
    ActionFactory(unit=unit_b)
    page = chiara_client.get(reverse("admin:actions_action_changelist"), {"unit__id__exact": unit_a.pk})
    counts = {
        one.title: {
            str(name): one.get_facet_queryset(page.context["cl"])[f"{key}__c"]
            for key, name in one.lookup_choices
        }
        for one in page.context["cl"].filter_specs
        if isinstance(one, CountedOnce)
    }
    assert counts == {
        "status": {"Proposed": 1, "Done": 1},
        "unit": {str(unit_a): 2, str(unit_b): 1},
        "topics": {str(waiting): 2, str(staff): 1},
    }


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_needs_a_fixed_number_of_queries(chiara_client, unit_a, number, django_assert_num_queries):
    ActionFactory.create_batch(number, unit=unit_a)
    with django_assert_num_queries(21):
        chiara_client.get(reverse("admin:actions_action_changelist"))


def test_the_board_shows_nothing_of_another_unit(aino_client, unit_a, unit_b):
    ActionFactory(unit=unit_a, title="Amber")
    ActionFactory(unit=unit_b, title="Birch", due_on=days_ago(3))
    page = aino_client.get(reverse("actions:board")).content.decode()
    assert ("Amber" in page, "Birch" in page) == (True, False)


def test_an_action_out_of_scope_cannot_be_moved(aino_client, unit_b):
    action = ActionFactory(unit=unit_b)
    address = reverse("actions:move", args=[action.pk])
    assert [aino_client.get(address).status_code, aino_client.post(address).status_code] == [404, 404]


@pytest.mark.parametrize("client", ["elif_client", "dimitri_client"])
def test_viewers_and_administrators_have_no_board(request, client):
    assert request.getfixturevalue(client).get(reverse("actions:board")).status_code == 403


def test_an_arrow_moves_the_card_and_leads_back_to_the_board_as_it_was(aino_client, unit_a):
    action = ActionFactory(unit=unit_a, horizon="short")
    EvidenceFactory(action=action)
    answer = aino_client.post(
        reverse("actions:move", args=[action.pk]), {"to": "assessed", "back": "horizon=short&next=//x"}
    )
    action.refresh_from_db()
    assert (action.status.code, answer.url) == (
        "assessed",
        f"{reverse('actions:board')}?horizon=short&moved={action.pk}",
    )


def test_the_card_that_moved_has_the_focus(aino_client, unit_a):
    action = ActionFactory(unit=unit_a)
    page = aino_client.get(reverse("actions:board"), {"moved": action.pk}).content.decode()
    assert page.count("autofocus") == 1


def test_declining_asks_for_the_reason_on_the_page(aino_client, unit_a):
    action = ActionFactory(unit=unit_a)
    address = reverse("actions:move", args=[action.pk])
    page = aino_client.post(address, {"to": "declined", "reason": " "}).content.decode()
    assert "“Declined” needs a reason in words for the public." in page
    aino_client.post(address, {"to": "declined", "reason": "The law does not allow it."})
    action.refresh_from_db()
    assert (action.status.code, action.reason) == ("declined", "The law does not allow it.")


def test_a_new_action_begins_with_its_source(aino_client, aino, unit_a):
    fields = sent(ActionFactory.build(title="Signs", unit=unit_a)) | {
        "evidence-TOTAL_FORMS": "1",
        "evidence-0-reference": "Audit of 2025",
    }
    aino_client.post(reverse("admin:actions_action_add"), fields)
    action = Action.objects.get()
    assert (action.status.code, action.events.get().by) == ("proposed", aino)
    assert list(action.evidence.values_list("reference", "added_by")) == [("Audit of 2025", aino.pk)]


def test_a_manager_cannot_give_an_action_to_another_unit(aino_client, unit_a, unit_b):
    action = ActionFactory(unit=unit_a)
    aino_client.post(reverse("admin:actions_action_change", args=[action.pk]), sent(action, unit=unit_b.pk))
    action.refresh_from_db()
    assert action.unit == unit_a


def test_the_owner_writes_notes_and_cannot_move_the_day(bram, bram_client, unit_a):
    action = ActionFactory(unit=unit_a, owner=bram, due_on=days_ago(3))
    fields = sent(action, due_on="2030-01-01") | {"notes-TOTAL_FORMS": "1", "notes-0-text": "Ordered."}
    bram_client.post(reverse("admin:actions_action_change", args=[action.pk]), fields)
    action.refresh_from_db()
    assert action.due_on == days_ago(3)
    assert list(Note.objects.values_list("action", "text", "written_by")) == [
        (action.pk, "Ordered.", bram.pk)
    ]


def test_the_last_source_stays_with_an_action_under_way(aino_client, unit_a):
    action = ActionFactory(unit=unit_a, at_status="under_way")
    row = EvidenceFactory(action=action)
    fields = sent(action) | {
        "evidence-TOTAL_FORMS": "1",
        "evidence-INITIAL_FORMS": "1",
        "evidence-0-id": row.pk,
        "evidence-0-action": action.pk,
        "evidence-0-DELETE": "on",
    }
    page = aino_client.post(reverse("admin:actions_action_change", args=[action.pk]), fields)
    assert "keeps at least one source" in page.content.decode()
    assert Evidence.objects.filter(pk=row.pk).exists()


def test_the_form_shows_no_source_out_of_scope_but_counts_it(aino_client, unit_a, unit_b):
    action = ActionFactory(unit=unit_a)
    EvidenceFactory(action=action, item=VoiceFactory(unit=unit_a, text="Amber"), reference="")
    EvidenceFactory(action=action, item=VoiceFactory(unit=unit_b, text="Birch"), reference="")
    page = aino_client.get(reverse("admin:actions_action_change", args=[action.pk])).content.decode()
    assert ("Amber" in page, "Birch" in page) == (True, False)
    assert "1 more source that you may not open" in page


def test_a_figure_of_the_unit_becomes_a_source_and_one_of_another_unit_does_not(
    aino_client, unit_a, unit_b, time_machine
):
    time_machine.move_to(datetime(2026, 3, 1, 8, tzinfo=UTC))
    action = ActionFactory(unit=unit_a)
    own, other = UnitFigureFactory(unit=unit_a), UnitFigureFactory(unit=unit_b)
    for value in (own, other):
        fields = sent(action) | {"evidence-2-TOTAL_FORMS": "1", "evidence-2-0-unit_figure": value.pk}
        aino_client.post(reverse("admin:actions_action_change", args=[action.pk]), fields)
    assert list(action.evidence.values_list("unit_figure", flat=True)) == [own.pk]


def test_several_are_moved_at_once_and_those_refused_say_why(chiara_client):
    ready, bare = ActionFactory(), ActionFactory(title="Bare")
    EvidenceFactory(action=ready)
    assessed = ready.status.moves_out.get(after__code="assessed", who="cx_team").after
    page = chiara_client.post(
        reverse("admin:actions_action_changelist"),
        {"action": f"move_to_{assessed.pk}", "_selected_action": [ready.pk, bare.pk]},
        follow=True,
    ).content.decode()
    assert list(Action.objects.filter(status=assessed)) == [ready]
    assert "1 action moved." in page
    assert "Bare: It has no evidence yet" in page


def test_my_actions_stand_first_on_the_home_of_a_manager(aino, aino_client, unit_a):
    ActionFactory(unit=unit_a, owner=aino, title="In time", due_on=days_ago(-3))
    ActionFactory(unit=unit_a, owner=aino, title="Late", due_on=days_ago(3))
    ActionFactory(unit=unit_a, title="Of nobody", due_on=days_ago(9))
    answer = aino_client.get(reverse("admin:index"))
    mine = answer.context["boxes"][0].content["actions"]
    assert [(line.action.title, line.days_late) for line in mine] == [("Late", 3), ("In time", 0)]
