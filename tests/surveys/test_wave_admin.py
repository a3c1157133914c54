"""Pages of a wave: form, opening and stopping, ways in, counts."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cxportal.organisation.models import Language
from surveys import preparing, waves
from surveys.models import Collector, Count, Wave
from tests.factories import CollectorFactory, VersionFactory, WaveFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_catalogues(settings, tmp_path):
    """Fixed texts of the interface: none are missing, so that English is ready."""
    settings.LOCALE_PATHS = [tmp_path]


@pytest.fixture
def wave(unit_a):
    wave = WaveFactory(name="Autumn", code="autumn", unit=unit_a, languages=["en"])
    CollectorFactory(wave=wave, name="Poster", unit=unit_a)
    return wave


@pytest.fixture
def open_wave(wave, chiara):
    return waves.open_wave(wave=wave, by=chiara, at=datetime(2026, 9, 10, tzinfo=UTC))


def page(name: str, wave: Wave, *arguments) -> str:
    return reverse(f"admin:surveys_wave_{name}", args=[wave.pk, *arguments])


def filled(wave: Wave, **changes) -> dict:
    """What the form posts when nothing was touched, with these changes."""
    collectors = list(wave.collectors.all())
    data = {
        "name": wave.name,
        "code": wave.code,
        "unit": wave.unit_id or "",
        "privacy": wave.privacy,
        "repeat": wave.repeat,
        "threshold": wave.threshold,
        "smallest_profile": wave.smallest_profile,
        "languages": wave.languages,
        "fixed": [name for name in wave.breakdowns if ":" not in name],
        "questions": [name for name in wave.breakdowns if name.startswith("question:")],
        "pairs-TOTAL_FORMS": len(wave.pairs),
        "pairs-INITIAL_FORMS": 0,
        "collectors-TOTAL_FORMS": len(collectors),
        "collectors-INITIAL_FORMS": len(collectors),
    }
    for number, (first, second) in enumerate(wave.pairs):
        data |= {f"pairs-{number}-first": first, f"pairs-{number}-second": second}
    for number, collector in enumerate(collectors):
        data |= {
            f"collectors-{number}-id": collector.pk,
            f"collectors-{number}-wave": wave.pk,
            f"collectors-{number}-name": collector.name,
            f"collectors-{number}-kind": collector.kind,
            f"collectors-{number}-unit": collector.unit_id or "",
            f"collectors-{number}-channel": collector.channel,
        }
    return data | changes


def faults(answer) -> list[str]:
    assert answer.status_code == 200
    return [fault for faults in answer.context["errors"] for fault in faults]


# ---------- the form ----------


def test_a_new_wave_of_a_published_survey_gets_a_code_from_its_name(chiara_client):
    version = VersionFactory()
    chiara_client.post(
        reverse("admin:surveys_wave_add"), {"survey": version.survey_id, "name": "Autumn 2026"}
    )
    wave = Wave.objects.get()
    assert (wave.code, wave.survey, wave.state) == ("autumn_2026", version.survey, "draft")


def test_an_untouched_form_changes_nothing(chiara_client, wave):
    before = Wave.objects.values().get()
    chiara_client.post(page("change", wave), filled(wave))
    assert Wave.objects.values().get() == before


def test_breakdowns_and_pairs_are_chosen_in_the_form(chiara_client, wave):
    changes = {
        "fixed": ["service", "channel"],
        "questions": ["question:overall"],
        "attributes": "age_group, permit_kind",
        "pairs-TOTAL_FORMS": 2,
        "pairs-0-first": "service",
        "pairs-0-second": "question:overall",
        "pairs-1-first": "question:overall",
        "pairs-1-second": "service",
    }
    chiara_client.post(page("change", wave), filled(wave, **changes))
    wave.refresh_from_db()
    assert wave.breakdowns == [
        "service",
        "channel",
        "question:overall",
        "attribute:age_group",
        "attribute:permit_kind",
    ]
    assert wave.pairs == [["service", "question:overall"]]


def test_a_pair_needs_both_breakdowns_declared(chiara_client, wave):
    changes = {"fixed": ["unit"], "questions": [], "pairs-TOTAL_FORMS": 1} | {
        "pairs-0-first": "unit",
        "pairs-0-second": "channel",
    }
    answer = chiara_client.post(page("change", wave), filled(wave, **changes))
    assert faults(answer) == ["The pair “unit × channel” has a part that is not declared by itself."]
    wave.refresh_from_db()
    assert wave.breakdowns == ["unit", "channel", "language", "question:solved"]


@pytest.mark.parametrize(
    ("first", "second", "fault"),
    [
        ("unit", "", "A pair needs two breakdowns."),
        ("unit", "unit", "A pair needs two different breakdowns."),
    ],
)
def test_half_a_pair_is_refused(chiara_client, wave, first, second, fault):
    changes = {"pairs-TOTAL_FORMS": 1, "pairs-0-first": first, "pairs-0-second": second}
    answer = chiara_client.post(page("change", wave), filled(wave, **changes))
    assert answer.context["adminform"].form.pairs.forms[0].non_field_errors() == [fault]


def test_a_language_that_is_not_ready_cannot_be_chosen(chiara_client, wave):
    answer = chiara_client.post(page("change", wave), filled(wave, languages=["en", "fi"]))
    assert faults(answer) == ["Select a valid choice. fi is not one of the available choices."]


def test_the_promise_can_be_changed_in_draft(chiara_client, wave):
    chiara_client.post(page("change", wave), filled(wave, privacy="confidential"))
    wave.refresh_from_db()
    assert wave.privacy == "confidential"


def test_after_the_first_invitation_the_promise_stays(chiara_client, wave):
    waves.freeze_promise(wave)
    wave.save()
    chiara_client.post(page("change", wave), filled(wave, privacy="confidential", name="Autumn 2026"))
    wave.refresh_from_db()
    assert (wave.privacy, wave.name) == ("anonymous", "Autumn 2026")


def test_what_the_opening_froze_stays_and_the_rest_can_be_changed(chiara_client, open_wave):
    changes = {
        "name": "Autumn, longer",
        "closes_at_0": "2027-01-31",
        "closes_at_1": "12:00",
        "closes_at": "2027-01-31T12:00",
        "privacy": "confidential",
        "threshold": 5,
        "languages": [],
        "fixed": ["stage"],
        "questions": [],
        "pairs-TOTAL_FORMS": 0,
    }
    chiara_client.post(page("change", open_wave), filled(open_wave, **changes))
    after = Wave.objects.get()
    assert (after.name, after.closes_at.date()) == ("Autumn, longer", date(2027, 1, 31))
    assert (after.privacy, after.threshold, after.languages) == ("anonymous", 10, ["en"])
    assert (after.breakdowns, after.pairs) == (open_wave.breakdowns, open_wave.pairs)


def test_a_way_in_is_added_to_an_open_wave(chiara_client, open_wave):
    new = {
        "collectors-TOTAL_FORMS": 2,
        "collectors-1-name": "Tablet",
        "collectors-1-kind": "staff",
        "collectors-1-channel": "desk",
        "collectors-1-wave": open_wave.pk,
    }
    chiara_client.post(page("change", open_wave), filled(open_wave, **new))
    assert [row.name for row in open_wave.collectors.all()] == ["Poster", "Tablet"]


def test_a_wave_that_has_begun_cannot_be_deleted(chiara_client, open_wave):
    address = reverse("admin:surveys_wave_delete", args=[open_wave.pk])
    assert chiara_client.post(address, {"post": "yes"}).status_code == 403
    assert Wave.objects.exists()


# ---------- opening and stopping ----------


def act(client, wave: Wave, verb: str):
    return client.post(page("act", wave, verb))


@pytest.mark.parametrize("verb", ["open", "schedule", "hold", "pause", "resume", "close"])
def test_looking_at_a_question_does_not_answer_it(chiara_client, wave, verb):
    assert chiara_client.get(page("act", wave, verb)).status_code == 200
    wave.refresh_from_db()
    assert (wave.state, wave.privacy_frozen_at) == ("draft", None)


def test_a_wave_is_opened(chiara_client, wave):
    answer = act(chiara_client, wave, "open")
    wave.refresh_from_db()
    assert (answer.url, wave.state) == (page("progress", wave), "open")


def test_a_wave_without_a_way_in_does_not_open_and_says_why(chiara_client, wave):
    wave.collectors.all().delete()
    sentence = "The wave has no way in yet: add a link, a mailing or staff entry."
    assert chiara_client.get(page("act", wave, "open")).context["faults"] == [sentence]
    assert act(chiara_client, wave, "open").context["faults"] == [sentence]
    wave.refresh_from_db()
    assert wave.state == "draft"


def test_a_wave_opens_only_in_languages_that_are_ready(chiara_client, wave):
    Wave.objects.update(languages=["en", "so"])
    assert act(chiara_client, wave, "open").context["faults"] == [
        "These languages are not ready: Soomaali. The page of the publication says why."
    ]


def test_a_wave_without_a_language_does_not_open(chiara_client, wave):
    Wave.objects.update(languages=[])
    assert act(chiara_client, wave, "open").context["faults"] == ["Choose the languages of the wave."]


def test_a_wave_can_be_left_to_the_clock(chiara_client, wave):
    Wave.objects.update(opens_at=timezone.now() + timedelta(days=3))
    act(chiara_client, wave, "schedule")
    wave.refresh_from_db()
    assert (wave.state, wave.opens_by_itself) == ("draft", True)
    waves.keep_the_calendar(at=timezone.now() + timedelta(days=4))
    wave.refresh_from_db()
    assert wave.state == "open"


def test_a_wave_can_be_taken_back_from_the_clock(chiara_client, wave):
    Wave.objects.update(opens_at=timezone.now() + timedelta(days=3))
    act(chiara_client, wave, "schedule")
    act(chiara_client, wave, "hold")
    waves.keep_the_calendar(at=timezone.now() + timedelta(days=4))
    wave.refresh_from_db()
    assert (wave.state, wave.opens_by_itself) == ("draft", False)


def test_the_clock_needs_a_day(chiara_client, wave):
    assert act(chiara_client, wave, "schedule").context["faults"] == ["Say on which day the wave opens."]


def test_a_wave_is_paused_goes_on_and_is_closed(chiara_client, open_wave):
    states = []
    for verb in ["pause", "resume", "close"]:
        act(chiara_client, open_wave, verb)
        open_wave.refresh_from_db()
        states.append(open_wave.state)
    assert states == ["paused", "open", "closed"]


def test_a_manager_sees_how_it_goes_but_does_not_stop_it(aino_client, open_wave):
    assert b"Poster" in aino_client.get(page("progress", open_wave)).content
    assert act(aino_client, open_wave, "close").status_code == 403
    open_wave.refresh_from_db()
    assert open_wave.state == "open"


# ---------- ways in ----------


def poster(wave: Wave) -> Collector:
    return wave.collectors.get(name="Poster")


def test_one_way_in_is_paused_while_the_others_go_on(chiara_client, open_wave):
    other = CollectorFactory(wave=open_wave)
    chiara_client.post(page("collector_state", open_wave, poster(open_wave).pk), {"state": "paused"})
    other.refresh_from_db()
    assert (poster(open_wave).state, other.state) == ("paused", "open")


def test_a_closed_way_in_stays_closed(chiara_client, open_wave):
    Collector.objects.update(state="closed")
    chiara_client.post(page("collector_state", open_wave, poster(open_wave).pk), {"state": "open"})
    assert poster(open_wave).state == "closed"


def test_the_qr_code_leads_to_the_short_address(chiara_client, open_wave, settings):
    settings.BASE_URL = "https://cx.example.org"
    svg = chiara_client.get(page("qr", open_wave, poster(open_wave).pk, "svg"))
    png = chiara_client.get(page("qr", open_wave, poster(open_wave).pk, "png"))
    assert svg.content.startswith(b"<?xml")
    assert io.BytesIO(png.content).read(8) == b"\x89PNG\r\n\x1a\n"
    assert svg.headers["Content-Disposition"] == f'attachment; filename="{poster(open_wave).address}.svg"'


def test_the_sheet_has_the_address_in_words(chiara_client, open_wave, settings):
    settings.BASE_URL = "https://cx.example.org"
    shown = chiara_client.get(page("sheet", open_wave, poster(open_wave).pk)).content.decode()
    assert f"cx.example.org/s/{poster(open_wave).address}</p>" in shown
    assert '<html lang="en" dir="ltr"' in shown


def test_the_sheet_is_printed_in_a_language_of_the_wave(chiara_client, open_wave):
    Wave.objects.update(languages=["en", "ar"])
    address = page("sheet", open_wave, poster(open_wave).pk)
    assert b'<html lang="ar" dir="rtl"' in chiara_client.get(address, {"language": "ar"}).content
    assert b'<html lang="en" dir="ltr"' in chiara_client.get(address, {"language": "fi"}).content


@pytest.mark.parametrize("name", ["sheet", "qr", "collector_state"])
def test_a_manager_does_not_reach_a_way_in_of_another_unit(aino_client, open_wave, unit_b, name):
    other = CollectorFactory(wave=open_wave, name="Kiosk of Birch", unit=unit_b)
    more = ["svg"] if name == "qr" else []
    answer = aino_client.get(page(name, open_wave, other.pk, *more))
    assert answer.status_code in {404, 405}
    assert b"Kiosk of Birch" not in aino_client.get(page("progress", open_wave)).content
    assert b"Kiosk of Birch" not in aino_client.get(page("change", open_wave)).content
    assert b"Kiosk of Birch" not in aino_client.get(page("counts", open_wave)).content


@pytest.mark.parametrize("name", ["progress", "counts", "change"])
def test_a_wave_of_another_unit_is_not_found(aino_client, wave, unit_b, name):
    Wave.objects.update(unit=unit_b)
    answer = aino_client.get(page(name, wave))
    assert answer.status_code == 404
    assert b"Autumn" not in answer.content


# ---------- counts ----------


def test_a_facility_enters_how_many_were_eligible_and_invited(aino_client, open_wave):
    name = f"n-{poster(open_wave).pk}"
    aino_client.post(
        page("counts", open_wave), {f"{name}-eligible-2026-09": "300", f"{name}-offered-2026-09": "120"}
    )
    assert [
        (row.kind, row.period_starts_on, row.n, row.source) for row in Count.objects.order_by("kind")
    ] == [
        ("eligible", date(2026, 9, 1), 300, "typed in"),
        ("offered", date(2026, 9, 1), 120, "typed in"),
    ]


def test_a_corrected_count_replaces_the_first_and_an_emptied_one_is_taken_back(aino_client, open_wave):
    name = f"n-{poster(open_wave).pk}-eligible-2026-09"
    for number in ["300", "310"]:
        aino_client.post(page("counts", open_wave), {name: number})
    assert [row.n for row in Count.objects.all()] == [310]
    aino_client.post(page("counts", open_wave), {name: ""})
    assert Count.objects.count() == 0


@pytest.mark.parametrize("number", ["-1", "many", "1e99", "99999999"])
def test_a_count_that_is_no_number_is_refused(aino_client, open_wave, number):
    name = f"n-{poster(open_wave).pk}-eligible-2026-09"
    answer = aino_client.post(page("counts", open_wave), {name: number})
    assert answer.context["form"].errors
    assert Count.objects.count() == 0


def test_nobody_enters_counts_for_a_way_in_of_another_unit(aino_client, open_wave, unit_b):
    other = CollectorFactory(wave=open_wave, unit=unit_b)
    aino_client.post(page("counts", open_wave), {f"n-{other.pk}-eligible-2026-09": "5"})
    assert Count.objects.count() == 0


def test_other_denominators_are_left_alone(aino_client, open_wave):
    Count.objects.create(collector=poster(open_wave), kind="begun", language="fi", n=7)
    aino_client.post(page("counts", open_wave), {})
    assert Count.objects.get().n == 7


@pytest.mark.parametrize(
    ("opens", "closes", "months"),
    [
        (None, None, []),
        ("2026-09-10", None, ["2026-11", "2026-10", "2026-09"]),
        ("2026-09-10", "2026-10-02", ["2026-10", "2026-09"]),
        ("2026-11-30", "2027-01-01", ["2026-11"]),
        ("2026-12-01", None, []),
    ],
)
def test_counts_are_asked_for_the_months_in_which_the_wave_took_answers(opens, closes, months):
    moment = lambda day: day and datetime.fromisoformat(f"{day}T12:00+02:00")  # noqa: E731
    wave = Wave(opens_at=moment(opens), closes_at=moment(closes))
    assert [f"{month:%Y-%m}" for month in preparing.months_of(wave, today=date(2026, 11, 22))] == months


# ---------- how many people are expected at one place ----------


@pytest.mark.parametrize(("typed", "expected"), [("", 1200), ("6000", 6000)])
def test_how_many_people_are_expected_can_be_said_of_an_open_wave(chiara_client, open_wave, typed, expected):
    chiara_client.post(
        page("change", open_wave), filled(open_wave, **{"collectors-0-expected_per_hour": typed})
    )
    assert poster(open_wave).people_per_hour == expected


def test_fewer_people_than_a_family_would_be_are_not_expected(chiara_client, open_wave):
    answer = chiara_client.post(
        page("change", open_wave), filled(open_wave, **{"collectors-0-expected_per_hour": "3"})
    )
    assert faults(answer) == ["Ensure this value is greater than or equal to 120."]


@pytest.mark.parametrize(("kind", "expected"), [("link", 1200), ("tickets", 0), ("staff", 0), ("paper", 0)])
def test_only_ways_in_where_nobody_is_known_are_limited(kind, expected):
    assert Collector(kind=kind, expected_per_hour=None).people_per_hour == expected


# ---------- lists ----------


def test_the_list_shows_state_answers_and_response(chiara_client, open_wave):
    Count.objects.create(collector=poster(open_wave), kind="offered", n=300)
    shown = chiara_client.get(reverse("admin:surveys_wave_changelist")).content.decode()
    assert '<span class="cx-state is-open">open</span>' in shown
    assert "300" in shown
    assert "Version 1 · anonymous" in shown


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_waves_needs_a_fixed_number_of_queries(chiara_client, count, django_assert_num_queries):
    for wave in WaveFactory.create_batch(2 + count):  # two surveys bring their filter
        CollectorFactory(wave=wave)
    chiara_client.get(reverse("admin:surveys_wave_changelist"))
    with django_assert_num_queries(23):
        chiara_client.get(reverse("admin:surveys_wave_changelist"))


@pytest.mark.parametrize("count", [1, 3])
def test_how_it_goes_needs_a_fixed_number_of_queries(
    chiara_client, open_wave, unit_a, count, django_assert_num_queries
):
    CollectorFactory.create_batch(count, wave=open_wave, unit=unit_a)
    chiara_client.get(page("progress", open_wave))
    with django_assert_num_queries(11):
        chiara_client.get(page("progress", open_wave))


def test_the_languages_of_the_form_are_those_that_are_ready(chiara_client, wave):
    Language.objects.update_or_create(code="so", defaults={"is_offered": True})
    form = chiara_client.get(page("change", wave)).context["adminform"].form
    assert [code for code, _name in form.fields["languages"].choices] == ["en"]
    assert "so" in {row.language.code for row in form.not_ready}
