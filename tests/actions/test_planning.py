"""Annual plans: what a unit was rated lowest on is answered by actions, or by saying who else has influence."""

import pytest
from django.urls import reverse

from actions import planning
from actions.models import Action, Plan, PlanTopic
from surveys import publication_making
from tests.factories import ActionFactory, CollectorFactory, TopicFactory, UnitFactory
from tests.surveys.contents import content, grid
from tests.surveys.counted import opened
from tests.surveys.results import closed, fill

pytestmark = pytest.mark.django_db
YEAR = 2027
TOPICS = ["rooms", "food", "staff", "safety"]


@pytest.fixture
def topics():
    return {code: TopicFactory(code=code, name=code.title(), position=n) for n, code in enumerate(TOPICS)}


def published(by, ratings: dict, few=None):
    """unit -> value of each topic, in this order: every second person gives one point more."""
    things = grid("things", TOPICS)
    for item in things["items"]:
        item["topic"] = item["code"]
    wave = opened(by, content([things]), breakdowns=["unit"], pairs=[], name="Spring")
    for unit, values in ratings.items():
        way = CollectorFactory(wave=wave, unit=unit, name=unit.code)
        rows = [
            {f"things.{code}": str(value + more) for code, value in zip(TOPICS, values, strict=True)}
            for more in [0, 1]
        ]
        fill(way, [("fi", rows[number % 2]) for number in range(3 if unit == few else 20)])
    return publication_making.make(wave=closed(wave))


@pytest.fixture
def rated_spring(chiara, unit_a, unit_b, topics):
    """Counter A: staff worst, then rooms, then safety; counter B: food worst."""
    return published(chiara, {unit_a: [2, 4, 1, 3], unit_b: [4, 1, 3, 4]})


def address(unit) -> str:
    return reverse("actions:plan", args=[unit.pk, YEAR])


def codes(plan: Plan) -> list[str]:
    return list(plan.topics.order_by("pk").values_list("topic__code", flat=True))


def test_a_plan_begins_with_the_three_topics_the_unit_was_rated_lowest_on(rated_spring, aino, unit_a):
    plan = planning.begin(unit=unit_a, year=YEAR, by=aino)
    assert codes(plan) == ["staff", "rooms", "safety"]
    lowest = plan.topics.get(topic__code="staff")
    assert (lowest.wave, lowest.figure["value"], lowest.figure["n"]) == (rated_spring.wave, 1.5, 20)
    assert (lowest.figure["question"], lowest.figure["publication"]) == ("things.staff", rated_spring.number)


def test_begun_again_it_keeps_what_is_there(rated_spring, aino, unit_a):
    plan = planning.begin(unit=unit_a, year=YEAR, by=aino)
    planning.say_no_influence(
        plan_topic=plan.topics.get(topic__code="rooms"),
        reason="The landlord decides.",
        who_has="The landlord",
    )
    planning.begin(unit=unit_a, year=YEAR, by=aino)
    assert list(plan.topics.order_by("pk").values_list("topic__code", "answer")) == [
        ("staff", ""),
        ("rooms", "no_influence"),
        ("safety", ""),
    ]


def test_without_results_the_page_says_so_and_topics_are_chosen_by_hand(aino_client, unit_a, topics):
    assert "No published results have this unit yet." in aino_client.get(address(unit_a)).content.decode()
    aino_client.post(address(unit_a), {"begin": "1"})
    aino_client.post(address(unit_a), {"add": topics["food"].pk})
    assert codes(Plan.objects.get()) == ["food"]


def test_a_unit_with_too_few_answers_is_told_so(chiara, aino_client, unit_a, unit_b, topics):
    published(chiara, {unit_b: [4, 1, 3, 4], unit_a: [1, 1, 1, 1]}, few=unit_a)
    page = aino_client.get(address(unit_a)).content.decode()
    assert "too few people answered to show figures of this unit" in page


def test_an_action_made_from_a_topic_answers_it_with_the_figure_as_its_source(
    rated_spring, aino, aino_client, unit_a
):
    plan = planning.begin(unit=unit_a, year=YEAR, by=aino)
    row = plan.topics.get(topic__code="staff")
    make = f"{reverse('actions:make')}?plan_topic={row.pk}"
    answer = aino_client.post(make, {"title": "Train the desk", "unit": unit_a.pk})
    action = Action.objects.get()
    source = action.evidence.get()
    assert answer.url == address(unit_a)
    assert (action.plan, [topic.code for topic in action.topics.all()]) == (plan, ["staff"])
    assert (source.question, source.breakdown, source.cell, source.figure["n"]) == (
        "things.staff",
        "unit",
        "A",
        20,
    )
    assert list(planning.open_topics(plan.topics).values_list("topic__code", flat=True)) == [
        "rooms",
        "safety",
    ]


def test_an_action_that_is_there_can_answer_a_topic(aino, aino_client, unit_a, topics):
    plan = planning.begin(unit=unit_a, year=YEAR, by=aino)
    row = planning.add_topic(plan=plan, topic=topics["food"])
    action = ActionFactory(unit=unit_a)
    aino_client.post(f"{reverse('actions:make')}?plan_topic={row.pk}", {"action": action.pk})
    action.refresh_from_db()
    assert (action.plan, planning.open_topics(plan.topics).count()) == (plan, 0)


@pytest.mark.parametrize(
    ("status", "still_open"), [("under_way", 0), ("verified", 0), ("declined", 1), ("dropped", 1)]
)
def test_a_topic_whose_only_action_came_to_nothing_is_open_again(aino, unit_a, topics, status, still_open):
    plan = planning.begin(unit=unit_a, year=YEAR, by=aino)
    row = planning.add_topic(plan=plan, topic=topics["food"])
    planning.take_up(plan_topic=row, action=ActionFactory(unit=unit_a, at_status=status))
    shown = [one.is_open for one in planning.topics_of(plan)]
    assert (planning.open_topics(plan.topics).count(), shown) == (still_open, [bool(still_open)])


# ---------- handing over ----------


@pytest.fixture
def handed(aino, unit_a, unit_b, topics):
    plan = planning.begin(unit=unit_a, year=YEAR, by=aino)
    row = planning.add_topic(plan=plan, topic=topics["food"])
    planning.say_no_influence(plan_topic=row, reason="The kitchen is theirs.", unit=unit_b)
    return row


def test_what_is_handed_to_a_unit_stands_on_its_plan(handed, chiara, unit_a, unit_b):
    plan = planning.begin(unit=unit_b, year=YEAR, by=chiara)
    (topic,) = planning.topics_of(plan)
    assert (topic.row.topic.code, topic.is_open, topic.handed_by) == ("food", True, [unit_a])


def test_a_plan_that_is_there_gets_it_at_once_and_without_the_figure(
    rated_spring, aino, chiara, unit_a, unit_b
):
    theirs = planning.begin(unit=unit_b, year=YEAR, by=chiara)
    PlanTopic.objects.filter(plan=theirs).delete()
    plan = planning.begin(unit=unit_a, year=YEAR, by=aino)
    row = plan.topics.get(topic__code="staff")
    planning.say_no_influence(plan_topic=row, reason="They train the staff.", unit=unit_b)
    assert list(theirs.topics.values_list("topic__code", "figure", "wave")) == [("staff", {}, None)]


@pytest.mark.parametrize(
    ("unit", "who_has", "fault"),
    [
        (None, "", "Name either a unit or a body outside."),
        ("B", "The town", "Name either a unit or a body outside."),
        ("A", "", "This is the unit itself."),
    ],
)
def test_it_is_said_who_has_influence(aino, unit_a, unit_b, topics, unit, who_has, fault):
    plan = planning.begin(unit=unit_a, year=YEAR, by=aino)
    row = planning.add_topic(plan=plan, topic=topics["food"])
    named = {"A": unit_a, "B": unit_b, None: None}[unit]
    with pytest.raises(planning.Refused, match=fault):
        planning.say_no_influence(plan_topic=row, reason="Because.", unit=named, who_has=who_has)


def test_it_is_not_handed_back_to_where_it_came_from(handed, chiara, unit_a, unit_b):
    planning.begin(unit=unit_b, year=YEAR, by=chiara)
    theirs = PlanTopic.objects.get(plan__unit=unit_b)
    with pytest.raises(planning.Refused, match="It came from there"):
        planning.say_no_influence(plan_topic=theirs, reason="No.", unit=unit_a)


def test_only_a_topic_chosen_by_hand_can_be_taken_out(
    rated_spring, handed, aino, aino_client, unit_a, topics
):
    plan = planning.begin(unit=unit_a, year=YEAR, by=aino)
    lowest = plan.topics.get(topic__code="staff")
    page = aino_client.post(address(unit_a), {"take_out": lowest.pk}, follow=True).content.decode()
    assert ("it needs an answer" in page, plan.topics.filter(pk=lowest.pk).exists()) == (True, True)
    aino_client.post(address(unit_a), {"take_out": handed.pk})
    assert not plan.topics.filter(pk=handed.pk).exists()


def test_the_page_hands_a_topic_over_with_a_reason(aino, aino_client, unit_a, unit_b, topics):
    plan = planning.begin(unit=unit_a, year=YEAR, by=aino)
    row = planning.add_topic(plan=plan, topic=topics["food"])
    there = reverse("actions:hand_over", args=[row.pk])
    assert "Say why in a sentence." in aino_client.post(there, {"unit": unit_b.pk}).content.decode()
    aino_client.post(there, {"who_has": "The town", "reason": "It owns the kitchen."})
    row.refresh_from_db()
    assert (row.answer, row.who_has, row.reason) == ("no_influence", "The town", "It owns the kitchen.")
    aino_client.post(there, {"take_back": "1"})
    row.refresh_from_db()
    assert (row.answer, row.who_has, row.reason) == ("", "", "")


# ---------- who ----------


def test_a_plan_of_another_unit_is_a_404(aino_client, chiara, unit_b, topics):
    plan = planning.begin(unit=unit_b, year=YEAR, by=chiara)
    row = planning.add_topic(plan=plan, topic=topics["food"])
    tried = [
        aino_client.get(address(unit_b)),
        aino_client.post(address(unit_b), {"begin": "1"}),
        aino_client.get(reverse("actions:hand_over", args=[row.pk])),
        aino_client.get(f"{reverse('actions:make')}?plan_topic={row.pk}"),
    ]
    assert [answer.status_code for answer in tried] == [404] * 4


def test_desk_staff_read_the_plan_without_figures_and_change_nothing(
    rated_spring, bram_client, chiara, unit_b, topics
):
    plan = planning.begin(unit=unit_b, year=YEAR, by=chiara)
    row = plan.topics.get(topic__code="food")
    page = bram_client.get(address(unit_b)).content.decode()
    assert ("Food" in page, "Rated 1.50" in page, "How the unit is rated" in page) == (True, False, False)
    tried = [
        bram_client.post(address(unit_b), {"add": topics["staff"].pk}),
        bram_client.get(reverse("actions:hand_over", args=[row.pk])),
    ]
    assert [answer.status_code for answer in tried] == [403, 404]


def test_a_manager_reads_the_figures_of_the_own_unit_on_its_plan(rated_spring, aino, aino_client, unit_a):
    planning.begin(unit=unit_a, year=YEAR, by=aino)
    assert "Rated 1.50" in aino_client.get(address(unit_a)).content.decode()


@pytest.mark.parametrize("client", ["elif_client", "dimitri_client"])
def test_viewers_and_administrators_have_no_plans(request, client, unit_b):
    client = request.getfixturevalue(client)
    pages = [reverse("actions:plans"), address(unit_b)]
    assert [client.get(page).status_code for page in pages] == [403, 403]


# ---------- overview ----------


def test_the_cx_team_sees_units_without_a_plan_and_with_open_topics(handed, aino, chiara, unit_a, unit_b):
    UnitFactory(code="desk", kind="desk", parent=unit_a)
    rows = planning.overview(planning.units_planning(chiara).exclude(code="agency"), YEAR)
    assert [(row.unit, bool(row.plan), row.topics, row.open, row.waiting) for row in rows] == [
        (unit_a, True, 1, 0, 0),
        (unit_b, False, 0, 0, 1),
    ]


def test_the_overview_can_be_narrowed_to_units_without_a_plan(handed, chiara_client):
    page = chiara_client.get(reverse("actions:plans"), {"year": YEAR, "without": "1"})
    assert sorted(row.unit.code for row in page.context["rows"]) == ["B", "agency"]


def test_a_manager_sees_the_own_units_only(handed, aino_client):
    page = aino_client.get(reverse("actions:plans"), {"year": YEAR}).content.decode()
    assert ("Counter A" in page, "Counter B" in page) == (True, False)


@pytest.mark.parametrize("number", [1, 3])
def test_the_overview_needs_a_fixed_number_of_queries(
    chiara, chiara_client, number, topics, django_assert_num_queries
):
    for unit in UnitFactory.create_batch(number):
        planning.add_topic(plan=planning.begin(unit=unit, year=YEAR, by=chiara), topic=topics["food"])
    with django_assert_num_queries(18):
        chiara_client.get(reverse("actions:plans"), {"year": YEAR})


@pytest.mark.parametrize("number", [1, 3])
def test_a_plan_needs_a_fixed_number_of_queries(
    rated_spring, aino, aino_client, unit_a, number, topics, django_assert_num_queries
):
    plan = planning.begin(unit=unit_a, year=YEAR, by=aino)
    for row in plan.topics.all()[:number]:
        for action in ActionFactory.create_batch(number, unit=unit_a, owner=aino):
            planning.take_up(plan_topic=row, action=action)
    with django_assert_num_queries(23):
        aino_client.get(address(unit_a))


def test_a_plan_with_an_open_topic_is_not_approved(aino, aino_client, unit_a, topics):
    plan = planning.begin(unit=unit_a, year=YEAR, by=aino)
    planning.add_topic(plan=plan, topic=topics["food"])
    page = aino_client.post(address(unit_a), {"approve": "1"}, follow=True).content.decode()
    plan.refresh_from_db()
    assert (plan.approved_on, "Every topic needs an answer first." in page) == (None, True)


def test_the_plan_of_a_unit_is_approved_when_every_topic_has_an_answer(handed, aino_client, unit_a):
    assert "Approve the plan" in aino_client.get(address(unit_a)).content.decode()
    aino_client.post(address(unit_a), {"approve": "1"})
    assert Plan.objects.get(unit=unit_a).approved_on is not None
