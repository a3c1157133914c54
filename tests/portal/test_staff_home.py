import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse
from django.utils import timezone

from cxportal.dispatch.models import Message
from cxportal.dispatch.restored import hold_all
from cxportal.organisation.models import Agency, Language, TextReading
from panels import upkeep
from tests.conftest import client_of
from tests.factories import AssignmentFactory, ReplyFactory, StaffRoleFactory, TopicFactory, UnitFactory
from tests.panels.mailings import MONDAY, any_hour, fill, new_mailing, new_panel, open_wave, started


def home(client) -> str:
    return client.get(reverse("admin:index")).content.decode()


def boxes(html: str) -> list[str]:
    return re.findall(r'<section class="cx-card[^"]*" aria-labelledby="([\w-]+)"', html)


def box(html: str, code: str) -> str:
    return re.search(rf'<section[^>]*aria-labelledby="{code}">(.*?)</section>', html, re.S).group(1)


def test_the_cx_team_sees_first_things_waves_comments_actions_translations_and_mailings(chiara_client):
    assert boxes(home(chiara_client)) == ["first", "waves", "comments", "overdue", "translations", "mailings"]


def test_a_manager_sees_own_actions_first(aino_client):
    assert boxes(home(aino_client)) == ["my-actions", "waits", "rated", "units"]


def test_desk_staff_see_the_observation_first(bram_client):
    assert boxes(home(bram_client)) == ["observation", "queue", "units"]


def test_a_viewer_sees_publications_only(elif_client):
    assert boxes(home(elif_client)) == ["published"]


def test_an_administrator_sees_what_is_left_to_set_up(dimitri_client):
    assert boxes(home(dimitri_client)) == ["set-up", "people"]


def test_two_roles_see_the_boxes_of_both_once(unit_a, unit_b):
    person = StaffRoleFactory(role="manager", unit=unit_a).user
    StaffRoleFactory(user=person, role="staff", unit=unit_b)
    assert boxes(home(client_of(person))) == ["my-actions", "waits", "rated", "units", "observation", "queue"]


def test_a_manager_sees_units_in_scope_and_no_others(aino_client, unit_a, unit_b):
    UnitFactory(name="Desk of A", parent=unit_a)
    html = box(home(aino_client), "units")
    assert re.findall(r'<span lang="en" dir="ltr">(.*?)</span>', html) == ["Counter A", "Desk of A"]


def test_missing_names_are_counted_for_each_offered_language(chiara_client):
    Language.objects.create(code="ar", is_offered=True, position=9)
    topic = TopicFactory(name="Waiting")
    topic.name_ar = "الانتظار"
    topic.save()

    rows = re.findall(
        r"<bdi lang=\"([\w-]+)\".*?(?:cx-missing\">(\d+)<|cx-ok)", box(home(chiara_client), "translations")
    )

    # five stages come with the portal, in English, Finnish and Swedish
    assert rows == [("ar", "5"), ("fi", "1"), ("sv", "1"), ("en", "")]


def test_the_latest_mailings_stand_there_with_how_many_were_invited(chiara_client, settings, tmp_path):
    settings.KEYS_FOLDER = tmp_path / "keys"
    any_hour()
    panel = new_panel()
    fill(panel, 3)
    wave = open_wave()
    sent = started(new_mailing(wave, panel, name="Everybody"))
    upkeep.carry_on(mailing=sent, at=MONDAY)
    draft = new_mailing(open_wave(), panel, name="The next one")
    rows = re.findall(
        r'href="([^"]+)"><bdi>(.*?)</bdi></a>(?:<small>(.*?)</small>)?', box(home(chiara_client), "mailings")
    )
    assert rows == [
        (reverse("admin:panels_mailing_change", args=[draft.pk]), "The next one", ""),
        (reverse("admin:panels_mailing_progress", args=[sent.pk]), "Everybody", "3 people invited"),
    ]


def test_what_nobody_knows_the_outcome_of_stands_first_in_red(chiara_client):
    Message.objects.create(
        cause="test:1",
        purpose="test",
        channel="email",
        template="test",
        language="en",
        state="unknown",
        address="a@b.example",
    )
    html = box(home(chiara_client), "first")
    assert re.search(r'cx-firstn is-bad">1</span>.*?Messages without a known outcome', html, re.S)
    assert "a@b.example" not in html


def test_nothing_is_said_to_wait_when_nothing_does(chiara_client):
    Agency(name="Service Agency").save()
    assert "Nothing waits for you." in box(home(chiara_client), "first")


def steps_done(html: str) -> list[bool]:
    return [found == "ok" for found in re.findall(r'<span class="cx-(ok|due)">', box(html, "set-up"))]


def test_steps_of_setting_up_are_looked_up_and_not_ticked(dimitri_client, dimitri):
    assert steps_done(home(dimitri_client)) == [False, False, False, False, False, True]

    Agency(name="Service Agency").save()
    UnitFactory()
    for language in ("fi", "sv"):
        TextReading.objects.create(language=language, digest="0" * 64, read_by=dimitri)
    Authenticator.objects.create(user=dimitri, type="totp", data={})
    StaffRoleFactory(role="cx_team")
    hold_all(by=dimitri)

    assert steps_done(home(dimitri_client)) == [True, True, True, True, True, False]


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("person", "queries"), [("chiara", 20), ("aino", 15), ("bram", 10), ("elif_", 8), ("dimitri", 12)]
)
def test_home_needs_a_fixed_number_of_queries(
    person, queries, rows, request, django_assert_num_queries, unit_a, unit_b
):
    for parent in (unit_a, unit_b):
        UnitFactory.create_batch(rows, parent=parent)
        AssignmentFactory.create_batch(rows, unit=parent)
    TopicFactory.create_batch(rows)
    client = client_of(request.getfixturevalue(person))
    home(client)
    with django_assert_num_queries(queries):
        home(client)


def test_the_cx_team_sees_feedback_that_waits_by_age_and_unit(chiara_client, unit_a, unit_b):
    AssignmentFactory(unit=unit_a, due_at=timezone.now() + timedelta(days=3))
    AssignmentFactory(
        unit=unit_b, due_at=timezone.now() + timedelta(days=3), item__received_at=timezone.now()
    )
    html = box(home(chiara_client), "comments")
    assert re.findall(r"<b>(\d+)</b>", html) == ["2"]
    assert re.findall(r'\?unit=(\w+)"', html) in (["A", "B"], ["B", "A"])


def test_feedback_past_its_day_stands_first_in_red(chiara_client, unit_a):
    AssignmentFactory(unit=unit_a, due_at=timezone.now() - timedelta(days=1))
    assert "Feedback past its day" in box(home(chiara_client), "first")


def test_a_manager_sees_what_waits_late_and_to_approve(aino_client, unit_a, unit_b):
    late = AssignmentFactory(unit=unit_a, due_at=timezone.now() - timedelta(days=1))
    AssignmentFactory(unit=unit_a, due_at=timezone.now() + timedelta(days=1))
    ReplyFactory(assignment=late)
    ReplyFactory(assignment=AssignmentFactory(unit=unit_b))
    html = box(home(aino_client), "waits")
    assert re.findall(r'is-bad">(\d+)<|"cx-firstn">(\d+)<.*?show=(\w+)', html) == [
        ("1", "", ""),
        ("", "2", "waiting"),
        ("", "1", "approve"),
    ]


def test_desk_staff_see_what_waits_for_their_unit_only(bram_client, unit_a, unit_b):
    AssignmentFactory(unit=unit_a)
    AssignmentFactory(unit=unit_b)
    assert re.findall(r"<b>(\d+)</b>", box(home(bram_client), "queue")) == ["1"]
