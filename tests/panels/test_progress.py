"""Every number of the progress page equals a recount; the denominators surveys need are written once."""

from collections import Counter
from datetime import timedelta

import pytest

from cxportal.dispatch.models import Message
from panels import mailing as mailings
from panels import progress, upkeep
from panels.models import Exclusion, Invitation, Mailing, Member
from surveys.models import Count
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
