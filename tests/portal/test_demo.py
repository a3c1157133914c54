"""The demo: the published figures come out of it, it goes on where it was cut off, and production never has it."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from actions.models import Action, Adjustment, Plan, Status, ToldBack
from actions.planning import open_topics
from cxportal.dispatch.models import Message
from cxportal.organisation.models import Unit, User
from cxportal.portal.demo import filling, margins
from cxportal.portal.demo.contents import STEPS
from cxportal.portal.demo.stage import Stage
from cxportal.portal.demo_staff import create_demo_staff
from cxportal.portal.models import DemoStep
from feedback.models import Item, Publication
from panels.models import Invitation, Membership
from surveys import declining, participation, publications
from surveys.models import Response, Wave
from tests.conftest import client_of
from tests.panels.factories import PanelFactory

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SMALL = 0.05
COUNTED = [Unit, User, Membership, Invitation, Message, Wave, Response, Item, Action, ToldBack, DemoStep]


@pytest.fixture
def keys(settings, tmp_path):
    settings.KEYS_FOLDER = tmp_path / "keys"


def counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in COUNTED}


def shown(code: str, indicator: str, *, digits: int, times: int = 1) -> str:
    results = publications.latest(Wave.objects.get(code=code), User.objects.get(username="chiara"))
    return f"{results.everybody.indicators[indicator].value.value * times:.{digits}f}"


@pytest.mark.begun_first
@pytest.mark.django_db
def test_the_published_figures_come_out_of_a_small_demo_filled_in_two_goes(keys):
    create_demo_staff()
    stops = iter([False] * 7 + [True])
    assert filling.fill(size=SMALL, at=NOW, stop_when=lambda: next(stops)) == 7
    assert filling.progress().done == 7
    assert filling.fill(size=0.9) == len(STEPS) - 7  # the size of the beginning counts
    whole = counts()
    assert filling.fill() == 0
    assert counts() == whole

    assert [shown(f"customers_{wave}", "overall", digits=2) for wave in ("first", "second")] == [
        "3.46",
        "3.55",
    ]
    reputation = [shown("reputation", code, digits=2) for code in ("overall", "friendly", "efficient")]
    assert reputation == ["3.84", "3.85", "3.52"]
    assert shown("centres", "met", digits=2, times=100) == "90.05"
    asked = ["treated", "helped", "in_time", "all_three"]
    assert [shown("offices_autumn", code, digits=0, times=100) for code in asked] == ["94", "92", "89", "81"]
    contacts = participation.waves_with_figures(Wave.objects.filter(code="contacts")).get()
    assert participation.response_percent(contacts) == 22

    assert set(Item.objects.exclude(language="").values_list("language", flat=True)) >= {
        "en",
        "fi",
        "ar",
        "ru",
    }
    assert set(Action.objects.values_list("status__code", flat=True)) == set(
        Status.objects.values_list("code", flat=True)
    )
    assert Message.objects.filter(state="accepted").count() > 200
    assert not Message.objects.filter(state__in=["cancelled", "unknown"]).exists()
    assert Item.objects.open().exists()
    assert Publication.objects.released().exists()
    assert not Response.objects.filter(wave__opens_at__gt=NOW).exists()
    assert Counter(ToldBack.objects.values_list("state", flat=True)) == {"released": 6}
    assert Counter(Adjustment.objects.values_list("state", flat=True)) == {"partly": 1, "asked": 2}
    assert plans() == {
        "helsinki-reception": (3, 0, True),
        "joutseno-reception": (3, 1, False),
        "kemi-reception": (3, 3, False),
    }
    callers = Invitation.objects.filter(wave__code="callers")
    assert declining.declines_of(Wave.objects.get(code="callers")).count() == 4
    assert not callers.filter(
        member__email__in=[f"recent_callers.{n}@people.example" for n in range(4)]
    ).exists()
    assert 50 < callers.count() <= 60


def plans() -> dict[str, tuple[int, int, bool]]:
    """Unit -> topics, those without an answer, whether it is approved."""
    rows = Plan.objects.select_related("unit")
    return {
        row.unit.code: (
            row.topics.count(),
            open_topics(row.topics.all()).count(),
            row.approved_on is not None,
        )
        for row in rows
    }


@pytest.mark.django_db
def test_a_step_that_fails_leaves_nothing_behind_and_is_filled_at_the_next_start(keys, monkeypatch):
    create_demo_staff()

    def broken(stage):
        STEPS[0].fill(stage)
        raise RuntimeError

    monkeypatch.setattr(filling, "STEPS", [STEPS[0]._replace(fill=broken)])
    before = counts()
    with pytest.raises(RuntimeError):
        filling.fill(size=SMALL)
    assert counts() == before
    monkeypatch.setattr(filling, "STEPS", STEPS[:1])
    assert filling.fill(size=SMALL) == 1


@pytest.mark.django_db
def test_a_portal_in_which_somebody_works_already_is_left_as_it_is(keys):
    create_demo_staff()
    PanelFactory()
    before = counts()
    assert filling.fill(size=SMALL) == 0
    assert counts() == before


@pytest.mark.django_db
def test_production_is_never_filled_with_a_demo(settings, keys):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="not made in production"):
        call_command("fill_demo")
    assert (User.objects.count(), Unit.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_the_home_page_of_everybody_says_how_far_the_demo_is(settings, bram):
    settings.DEMO = True
    DemoStep.objects.create(name=STEPS[0].name, today=NOW, size=1)
    html = client_of(bram).get(reverse("admin:index")).content.decode()
    assert f"1 of {len(STEPS)} steps are done, now colleagues." in html


@pytest.mark.django_db
def test_without_a_demo_the_home_page_says_nothing_of_one(bram_client):
    assert "demo" not in bram_client.get(reverse("admin:index")).content.decode().lower()


# ---------- margins ----------


@pytest.mark.parametrize(
    ("n", "mean", "points"), [(310, 3.46, 5), (630, 3.55, 5), (210, 3.85, 5), (99, 7.1, 10), (50, 1.0, 5)]
)
def test_ratings_have_the_mean_to_two_digits_and_use_the_scale(n, mean, points):
    found = margins.ratings(n, mean, range(1, points + 1), Stage(NOW).dice("test"))
    assert f"{sum(found) / n:.2f}" == f"{mean:.2f}"
    assert (len(found), found == sorted(found), set(found) <= set(range(1, points + 1))) == (n, True, True)


@pytest.mark.parametrize("n", [300, 590, 3933])
def test_three_shares_and_yes_to_all_three_come_together(n):
    yes = {"treated": 0.94, "helped": 0.92, "in_time": 0.89}
    found = margins.said_no(n, yes, 0.81)
    shares = {code: sum(code not in no for no in found) / n for code in yes}
    assert {code: round(share, 2) for code, share in shares.items()} == yes
    assert round(sum(not no for no in found) / n, 2) == 0.81


def test_shares_that_cannot_come_together_are_refused():
    with pytest.raises(ValueError, match="cannot come together"):
        margins.said_no(100, {"treated": 0.5, "helped": 0.9}, 0.8)


def test_the_smallest_group_that_prints_the_share_is_found():
    n = margins.fewest(20, [0.9005], digits=2, times=5)
    assert any(f"{100 * k / (5 * n):.2f}" == "90.05" for k in range(5 * n))
    assert not any(f"{100 * k / (5 * (n - 1)):.2f}" == "90.05" for k in range(5 * n))


def test_the_same_step_throws_the_same_dice():
    assert (
        Stage(NOW).dice("a").random() == Stage(NOW, 0.5).dice("a").random() != Stage(NOW).dice("b").random()
    )
