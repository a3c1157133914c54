"""Every number of the progress page equals a recount; the denominators surveys need are written once."""

from collections import Counter
from datetime import timedelta

import pytest
from django.urls import reverse

from cxportal.dispatch.models import Message
from panels import mailing as mailings
from panels import progress, upkeep
from panels.models import Exclusion, Invitation, Mailing, Member
from surveys.models import Count, Response
from tests.panels.mailings import MONDAY, any_hour, fill, new_mailing, new_panel, open_wave, started

pytestmark = pytest.mark.django_db
FATES = ["accepted", "delivered", "bounced", "refused", "unknown", "cancelled", "queued", "expired"]


@pytest.fixture
def mailing(settings, tmp_path) -> Mailing:
    """Thirty in the panel, five of them out, and messages in every state there is."""
    settings.KEYS_FOLDER = tmp_path / "keys"
    any_hour()
    panel = new_panel()
    fill(
        panel,
        30,
        language=lambda n: ["en", "fi", "so"][n % 3],
        phone=lambda n: f"+3584012345{n:02}",
        channel=lambda n: "sms" if n % 4 == 0 else "",
        opted_out_at=lambda n: MONDAY if n >= 27 else None,
        mail_state=lambda n: "hard" if n == 1 else "ok",
    )
    mailing = started(new_mailing(open_wave(), panel, reminder_days=[7]))
    upkeep.carry_on(mailing=mailing, at=MONDAY)
    for number, message in enumerate(Message.objects.order_by("pk")):
        state = FATES[number % len(FATES)]
        is_open = state in ("queued", "unknown")
        Message.objects.filter(pk=message.pk).update(state=state, final_at=None if is_open else MONDAY)
    upkeep.carry_on(mailing=mailing, at=MONDAY + timedelta(days=8))
    mailing.refresh_from_db()
    return mailing


def recounted(mailing: Mailing) -> dict[tuple[str, str], Counter]:
    """By hand, from each row."""
    found: dict[tuple[str, str], Counter] = {}
    for message in Message.objects.filter(batch=mailing.batch, purpose="invitation"):
        words = {"delivered": "accepted", "expired": "refused", "queued": "waiting"}
        counter = found.setdefault((message.language, message.channel), Counter())
        counter[words.get(message.state, message.state)] += 1
        counter["queued"] += 1
    return found


def test_every_line_equals_a_recount_of_the_rows(mailing):
    names = ["queued", "accepted", "bounced", "refused", "unknown", "cancelled", "waiting"]
    shown = {
        (line.language, line.channel): Counter({name: getattr(line, name) for name in names})
        for line in progress.figures_of(mailing).lines
    }
    assert shown == {
        key: Counter({name: row[name] for name in names}) for key, row in recounted(mailing).items()
    }


def test_drawn_invited_and_excluded_add_up(mailing):
    figures = progress.figures_of(mailing)
    assert (figures.frame, figures.drawn, figures.invited, figures.excluded) == (30, 30, 27, {"opted_out": 3})


def test_what_happened_to_reminders_is_counted_apart(mailing):
    figures = progress.figures_of(mailing)
    reminders = Message.objects.filter(purpose="reminder").count()
    assert 0 < reminders == sum(figures.reminder_messages.values()) == figures.reminders[0]["reminded"]


def test_the_figures_need_a_fixed_number_of_queries(mailing, django_assert_max_num_queries):
    with django_assert_max_num_queries(9):
        progress.figures_of(Mailing.objects.select_related("collector__wave").get(pk=mailing.pk))


def test_frozen_figures_stay_when_the_people_are_gone(mailing):
    before = progress.freeze(mailing=mailing)
    Invitation.objects.all().delete()
    Exclusion.objects.all().delete()
    Message.objects.all().delete()
    assert progress.figures_of(Mailing.objects.get(pk=mailing.pk)) == before


def test_forgetting_people_changes_no_number(mailing):
    before = progress.figures_of(mailing)
    Member.objects.all().delete()
    assert progress.figures_of(mailing) == before


def counts(mailing) -> dict[tuple[str, str, str], int]:
    rows = Count.objects.filter(collector=mailing.collector)
    return {(row.kind, row.language, row.cell): row.n for row in rows}


def test_the_denominators_of_a_wave_follow_from_the_rows(mailing):
    progress.write_counts(collector=mailing.collector)
    languages = Counter(Invitation.objects.values_list("language", flat=True))
    languages.update(Exclusion.objects.values_list("language", flat=True))
    expected = {("sampled", language, ""): n for language, n in languages.items()}
    for language, n in Counter(Exclusion.objects.values_list("language", flat=True)).items():
        expected["excluded", language, "opted_out"] = n
    for (language, _channel), row in recounted(mailing).items():
        for kind in ("accepted", "bounced", "refused"):
            if row[kind]:
                expected[kind, language, ""] = expected.get((kind, language, ""), 0) + row[kind]
    assert counts(mailing) == expected


def test_a_recount_changes_nothing(mailing):
    progress.write_counts(collector=mailing.collector)
    before = list(Count.objects.values_list("pk", "n", "as_of"))
    progress.write_counts(collector=mailing.collector)
    assert list(Count.objects.values_list("pk", "n", "as_of")) == before


def test_a_report_that_comes_late_moves_a_number_and_leaves_none_behind(mailing):
    progress.write_counts(collector=mailing.collector)
    Message.objects.filter(state="bounced").update(state="delivered")
    progress.write_counts(collector=mailing.collector)
    assert [kind for kind, _language, _cell in counts(mailing) if kind == "bounced"] == []


def test_what_a_facility_typed_in_is_left_alone(mailing):
    typed = Count.objects.create(
        collector=mailing.collector, kind="offered", period_starts_on="2026-11-01", n=40, source="typed in"
    )
    progress.write_counts(collector=mailing.collector)
    typed.refresh_from_db()
    assert typed.n == 40


def test_a_stopped_mailing_counts_whom_it_left_out(settings, tmp_path, chiara):
    settings.KEYS_FOLDER = tmp_path / "keys"
    any_hour()
    panel = new_panel()
    fill(panel, 2)
    mailing = started(new_mailing(open_wave(), panel, starts_at=MONDAY + timedelta(days=2)))
    upkeep.carry_on(mailing=mailing, at=MONDAY)
    mailings.stop(mailing=mailing, by=chiara)
    progress.write_counts(collector=mailing.collector)
    assert counts(mailing) == {("sampled", "en", ""): 2, ("excluded", "en", "stopped"): 2}


# ---------- day by day ----------


def answered(collector, number: int) -> None:
    """So many answers more."""
    for _ in range(number):
        Response.objects.create(wave=collector.wave, collector=collector, version=collector.wave.version)


def day(number: int):
    return MONDAY + timedelta(days=number)


def test_answers_stand_under_the_day_on_which_they_were_counted(mailing):
    Mailing.objects.update(frozen_at=MONDAY)
    for number, more in [(0, 2), (0, 1), (1, 0), (3, 4)]:
        answered(mailing.collector, more)
        progress.note_day(collector=mailing.collector, at=day(number))
        progress.note_day(collector=mailing.collector, at=day(number))
    days = progress.days_of(Mailing.objects.select_related("wave").get(pk=mailing.pk))
    assert [(one.number, one.answers, one.together, one.before) for one in days] == [
        (1, 3, 3, None),
        (2, 0, 3, None),
        (3, 0, 3, None),
        (4, 4, 7, None),
    ]
    assert sum(one.answers for one in days) == progress.figures_of(mailing).answered


def test_answers_that_come_after_the_purge_are_still_counted(mailing):
    progress.freeze(mailing=mailing)
    answered(mailing.collector, 2)
    assert progress.figures_of(Mailing.objects.get(pk=mailing.pk)).answered == 2


@pytest.fixture
def later(mailing) -> Mailing:
    """The next wave of the same survey, thirty days later."""
    Mailing.objects.update(frozen_at=MONDAY)
    answered(mailing.collector, 5)
    progress.note_day(collector=mailing.collector, at=day(1))
    panel = new_panel("others")
    fill(panel, 4, first=100)
    wave = open_wave()
    wave.survey, wave.opens_at = mailing.wave.survey, mailing.wave.opens_at + timedelta(days=30)
    wave.save()
    second = started(new_mailing(wave, panel), at=day(30))
    upkeep.carry_on(mailing=second, at=day(30))
    Mailing.objects.filter(pk=second.pk).update(frozen_at=day(30))
    Message.objects.filter(batch__isnull=False, state="queued").update(state="accepted", final_at=day(30))
    progress.write_counts(collector=second.collector)
    answered(second.collector, 2)
    progress.note_day(collector=second.collector, at=day(30))
    return Mailing.objects.select_related("wave", "collector").get(pk=second.pk)


def test_a_wave_is_set_beside_the_one_before_on_the_same_day(later):
    answered(later.collector, 1)
    progress.note_day(collector=later.collector, at=day(31))
    days = [(one.number, one.together, one.before) for one in progress.days_of(later)]
    assert days == [(1, 2, 0), (2, 3, 5)]


def test_what_came_of_both_waves_stands_side_by_side(later, mailing):
    results = progress.results_of(later)
    assert [(one.wave.pk, one.invited, one.answered) for one in results] == [
        (later.wave_id, 4, 2),
        (mailing.wave_id, progress.figures_of(mailing).invited - progress.figures_of(mailing).withdrawn, 5),
    ]
    assert (results[0].handed_over, results[0].percent) == (4, 50)


def test_the_page_shows_both(later, mailing, chiara_client):
    answered(later.collector, 1)
    progress.note_day(collector=later.collector, at=day(31))
    answered(mailing.collector, 1)
    progress.note_day(collector=mailing.collector, at=day(1))
    page = chiara_client.get(reverse("admin:panels_mailing_progress", args=[later.pk])).content.decode()
    ahead = f"3 fewer than in {mailing.wave.name} on day 2"
    for words in ("Answers per day", "Beside the wave before", "75 of 100 handed over", ahead):
        assert words in page
