"""Ready-made surveys: what installing one makes, and that it stands in the words of every language it has."""

import pytest
from django.core.management import CommandError, call_command

from cxportal.organisation.models import Topic
from cxportal.portal import blueprints
from cxportal.portal.blueprints import words
from panels.models import Mailing, Panel
from surveys import indicators, waves
from surveys.models import Question, Survey, Wave
from surveys.translating import languages_of, progress_of, sections_of
from tests.factories import TopicFactory, UnitFactory

pytestmark = pytest.mark.django_db
ALL = list(blueprints.BLUEPRINTS)


def test_these_cases_have_a_blueprint():
    assert ALL == ["C1", "C2", "C3", "C3-CHILDREN", "C8", "C13", "C15", "C16", "C18", "C19", "C20"]


# ---------- words ----------


@pytest.mark.parametrize("folder", [words.SHARED, *(code.lower() for code in ALL)])
def test_every_language_says_all_that_english_says(folder):
    found = words.words_in(folder)
    for_staff = {place for place in found["en"] if place.startswith("for_staff")}
    missing = {
        language: set(found["en"]) - (set() if language in {"en", "fi", "sv"} else for_staff) - set(texts)
        for language, texts in found.items()
    }
    assert {"en", "fi", "sv"} <= set(found)
    assert {language: places for language, places in missing.items() if places} == {}


@pytest.mark.parametrize("code", ALL)
def test_every_text_stands_in_the_survey_in_every_language_and_is_read_by_nobody(code, chiara):
    survey = blueprints.install(code, by=chiara)
    sections = sections_of(survey)
    languages = languages_of(survey, sections)
    assert set(languages) == set(words.words_of(code))
    far = progress_of(survey, sections, languages)
    assert {language: one.missing for language, one in far.items()} == dict.fromkeys(languages, 0)
    assert {one.unread == one.total for language, one in far.items() if language != "en"} == {True}


@pytest.mark.parametrize("code", ALL)
def test_no_word_is_left_over(code):
    found = blueprints.blueprint(code)
    used = {"title", "purpose", "thanks", "who", "for_staff.what", "for_staff.use"}
    used |= {f"part.{number}" for number, _part in enumerate(found.parts, 1)}
    used |= {f"figure.{figure.code}" for figure in found.figures}
    if found.mails:
        used |= {"mail.subject", "mail.intro", "mail.sms"}
    for ask in found.questions:
        used |= {ask.code} | {f"{ask.code}.{row.lstrip('+-')}" for row in (*ask.items, *ask.choices)}
    said = set(words.words_of(code)["en"])
    assert {place for place in said if not place.endswith("?")} == used
    assert {place.removesuffix("?") for place in said} == used


# ---------- installing ----------


@pytest.mark.parametrize("code", ALL)
def test_a_wave_of_every_blueprint_opens_and_counts_all_its_figures(code, chiara, tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"
    survey = blueprints.install(code, by=chiara)
    wave = waves.open_wave(wave=survey.waves.get(), by=chiara)
    counted = [definition.code for definition in indicators.counted_in(wave)]
    assert counted == [figure.code for figure in blueprints.blueprint(code).figures]


def test_an_installed_blueprint_is_published_with_a_wave_in_draft_and_its_mailings(chiara):
    survey = blueprints.install("C1", by=chiara)
    wave = survey.waves.get()
    assert (survey.versions.get().published_by, wave.state, wave.privacy) == (chiara, "draft", "anonymous")
    assert sorted(wave.collectors.values_list("kind", flat=True)) == ["link", "staff", "tickets"]
    mailings = Mailing.objects.filter(wave=wave)
    assert {mailing.panels.get().kind for mailing in mailings} == {"customer", "employer", "stakeholder"}
    assert {mailing.texts.count() for mailing in mailings} == {10}


def test_there_is_a_way_in_for_each_unit_of_the_kind(chiara):
    for name in ("North", "South"):
        UnitFactory(name=name, kind="facility")
    wave = blueprints.install("C16", by=chiara).waves.get()
    assert [str(one.unit) for one in wave.collectors.order_by("pk")] == ["North", "South"]


def test_without_such_units_there_is_one_way_in_for_all(chiara):
    wave = blueprints.install("C16", by=chiara).waves.get()
    assert [one.unit for one in wave.collectors.all()] == [None]


def test_topics_and_panels_that_are_there_are_used(chiara):
    topic = TopicFactory(code="waiting-time", name="Our own word for waiting")
    panel = Panel.objects.create(code="customers", name="Our panel", kind="customer")
    blueprints.install("C1", by=chiara)
    asked = Question.objects.get(code="service").items.get(code="time")
    assert asked.topic == topic
    assert Topic.objects.get(code="waiting-time").name == "Our own word for waiting"
    assert panel.mailings.count() == 1


def test_installing_twice_is_refused_in_a_sentence(chiara):
    blueprints.install("c1", by=chiara)
    with pytest.raises(blueprints.CannotInstall, match="There is a survey with the code customer_survey"):
        blueprints.install("C1", by=chiara)
    assert (Survey.objects.count(), Wave.objects.count()) == (1, 1)


def test_another_wave_of_it_has_the_same_ways_in_and_a_code_of_its_own(chiara):
    first = blueprints.install("C1", by=chiara).waves.get()
    second = blueprints.prepare_wave("C1", by=chiara)
    kinds = [sorted(wave.collectors.values_list("kind", flat=True)) for wave in (first, second)]
    assert kinds[0] == kinds[1]
    assert second.code != first.code


# ---------- the command ----------


def test_the_command_lists_every_blueprint_with_its_languages(capsys):
    call_command("blueprint", "list")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ALL
    assert lines[0].endswith("(en, fi, sv, ru, uk, ar, fa, so, fr, nl)")


def test_the_command_installs_one(chiara, capsys):
    call_command("blueprint", "install", "C20")
    assert Survey.objects.get().code == "phoned_or_wrote"
    assert "phoned_or_wrote" in capsys.readouterr().out


@pytest.mark.parametrize(("code", "says"), [("C9", "no blueprint C9"), ("C20", "phoned_or_wrote already")])
def test_the_command_says_why_it_installs_nothing(code, says, chiara):
    blueprints.install("C20", by=chiara)
    with pytest.raises(CommandError, match=says):
        call_command("blueprint", "install", code)
