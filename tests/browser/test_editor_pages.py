"""The editor and the pages of a wave in a real browser."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from cxportal.organisation.models import Language
from surveys import waves
from surveys.clips import put_clip
from surveys.models import Collector, HeldSubmission, OwnScale, Question, Wave
from surveys.publishing import publish
from tests.browser.faults import axe_violations, leave, policy_violations, scrolls_sideways
from tests.factories import ChoiceFactory, ItemFactory, PartFactory, QuestionFactory, SurveyFactory
from tests.surveys import media

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def survey(chiara):
    """Published, then edited: every kind of row that the pages can show."""
    for position, code in enumerate(["en", "fi", "ar"]):
        decision = {"decision": "A pilot.", "decided_by": chiara, "position": position}
        Language.objects.update_or_create(code=code, defaults={"is_offered": True, **decision})
    survey = SurveyFactory(code="visit", title_en="Your visit", title_fi="Käyntisi")
    one, two = PartFactory(survey=survey, position=1), PartFactory(survey=survey, position=2)
    overall = QuestionFactory(part=one, code="overall", position=1, text_en="How was it?", text_ar="كيف كان؟")
    for language in ("en", "ar"):
        put_clip(question=overall, kind="audio", language=language, content=media.mp3(), by=chiara)
    put_clip(question=overall, kind="picture", language="en", content=media.png(), alt="A counter", by=chiara)
    desk = QuestionFactory(
        part=one, code="desk", single=True, position=2, text_en="Which desk?", fills="unit"
    )
    ChoiceFactory(question=desk, code="left", text_en="Left", position=1, is_exclusive=True)
    ChoiceFactory(question=desk, code="right", text_en="Right", position=2, is_exclusive=True)
    staff = QuestionFactory(part=two, code="staff", kind="grid", position=1, text_en="And the staff?")
    ItemFactory(question=staff, code="polite", text_en="Polite")
    QuestionFactory(
        part=two,
        code="why",
        comment=True,
        position=2,
        text_en="Why? " * 16,
        band_of=overall,
        shown_if={"all": [{"question": "overall", "op": "at_most", "value": 2}]},
    )
    publish(survey=survey, by=chiara)
    Question.objects.filter(pk=overall.pk).update(text_en="How was it today?")
    return survey


@pytest.fixture
def wave(survey, chiara):
    wave = Wave.objects.create(survey=survey, code="autumn", name="Autumn", languages=["en"])
    poster = Collector.objects.create(wave=wave, name="Poster")
    wave = waves.open_wave(wave=wave, by=chiara, at=timezone.now() - timedelta(days=40))
    HeldSubmission.objects.create(wave=wave, version=wave.version, collector=poster, content={})
    return wave


@pytest.fixture
def draft(survey):
    return Wave.objects.create(
        survey=survey, code="spring", name="Spring", opens_at=timezone.now() + timedelta(days=9)
    )


def pages_of(survey, wave, draft) -> list[str]:
    scale = OwnScale.objects.create(code="speed", name="Speed")
    scale.points.create(code="slow", value=1, label_en="Slow")
    questions = {question.code: question.pk for question in survey.questions.all()}
    at_survey = ["questions", "change", "translate", "preview", "publish"]
    named = [
        *((f"survey_{name}", [survey.pk]) for name in at_survey),
        ("survey_delete_part", [survey.pk, survey.parts.first().pk]),
        *(("question_change", [pk]) for pk in questions.values()),
        ("question_delete", [questions["overall"]]),
        ("ownscale_change", [scale.pk]),
        *((f"wave_{name}", [wave.pk]) for name in ["progress", "change", "counts", "announcement", "held"]),
        *(("wave_decide_held", [wave.pk, wave.collectors.get().pk, verb]) for verb in ["count", "discard"]),
        ("wave_change", [draft.pk]),
        ("wave_act", [draft.pk, "open"]),
        ("wave_act", [wave.pk, "close"]),
        ("wave_sheet", [wave.pk, wave.collectors.get().pk]),
    ]
    return [reverse(f"admin:surveys_{name}", args=arguments) for name, arguments in named] + [
        f"{reverse('admin:surveys_question_add')}?part={survey.parts.first().pk}"
    ]


def faults_of(page, path: str) -> list[str]:
    answer = page.goto(path)
    page.wait_for_load_state("networkidle")
    faults = [] if answer.status == 200 else [f"answers {answer.status}"]
    faults += [f"policy: {violation}" for violation in policy_violations(page)]
    faults += axe_violations(page)
    if scrolls_sideways(page):
        faults.append("scrolls sideways")
    return faults


@pytest.mark.parametrize(
    ("language", "width", "dark"), [("en", 1280, False), ("ar", 390, True)], ids=["desktop", "phone"]
)
def test_the_pages_of_surveys_and_waves_are_accessible(
    browser, chiara, survey, wave, draft, language, width, dark
):
    with translation.override(language):
        paths = pages_of(survey, wave, draft)
    page = browser(user=chiara, width=width, dark=dark).new_page()
    assert {path: faults for path in paths if (faults := faults_of(page, path))} == {}


def open_page(browser, chiara, name: str, *arguments, **window):
    page = browser(user=chiara, width=1280, **window).new_page()
    page.goto(reverse(f"admin:surveys_{name}", args=arguments))
    return page


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_questions_are_reordered_with_the_keyboard_alone(browser, chiara, survey, script):
    page = open_page(browser, chiara, "survey_questions", survey.pk, script=script)
    page.get_by_role("button", name="Move “overall” down").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator(":focus").inner_text() == "Move “overall” down"
    with page.expect_navigation():
        page.keyboard.press("Enter")
    order = survey.questions.order_by("part__position", "position").values_list("code", flat=True)
    assert list(order) == ["desk", "overall", "staff", "why"]
    assert survey.questions.get(code="overall").part == survey.parts.last()


def test_the_preview_shows_the_real_page_in_the_language_of_the_tab(browser, chiara, survey):
    question = survey.questions.get(code="overall")
    page = open_page(browser, chiara, "question_change", question.pk)
    preview = page.frame_locator("[data-cx-preview]")
    preview.get_by_text("How was it today?").wait_for()
    page.get_by_role("tab", name="العربية").click()
    preview.get_by_text("كيف كان؟").wait_for()
    assert page.get_by_role("textbox", name="Question العربية").get_attribute("dir") == "rtl"


def test_a_row_added_to_the_choices_follows_the_language_tabs(browser, chiara, survey):
    page = open_page(browser, chiara, "question_change", survey.questions.get(code="desk").pk)
    page.get_by_role("button", name="Add another Choice").click()
    page.locator("#id_choices-3-text_en").fill("In the middle")
    page.get_by_role("tab", name="Suomi").click()
    assert page.locator("#id_choices-3-text_fi").is_visible()
    assert not page.locator("#id_choices-3-text_en").is_visible()
    page.locator("#id_choices-3-text_fi").fill("Keskellä")
    leave(page, "role=button[name='Save and stay']")
    new = survey.questions.get(code="desk").choices.last()
    assert (new.code, new.text_en, new.text_fi) == ("in_the_middle", "In the middle", "Keskellä")


def test_words_are_counted_while_typing(browser, chiara, survey):
    page = open_page(browser, chiara, "question_change", survey.questions.get(code="overall").pk)
    count = page.locator("output").first
    assert count.inner_text() == "4 words"
    page.locator("#id_text_en").fill("word " * 16)
    assert count.inner_text() == "16 words: up to 15 are understood more easily"


def test_answers_of_earlier_questions_are_picked_for_a_condition(browser, chiara, survey):
    page = open_page(browser, chiara, "question_change", survey.questions.get(code="why").pk)
    page.locator("#id_shown_if-1-question").select_option("desk")
    page.locator("#id_shown_if-1-op").select_option("one_of")
    page.get_by_role("button", name="left – Left").click()
    page.get_by_role("button", name="right – Right").click()
    leave(page, "role=button[name='Save and stay']")
    assert survey.questions.get(code="why").shown_if == {
        "all": [
            {"question": "overall", "op": "at_most", "value": 2},
            {"question": "desk", "op": "one_of", "value": ["left", "right"]},
        ]
    }


def test_only_changed_texts_travel_from_the_page_of_translations(browser, chiara, survey):
    page = open_page(browser, chiara, "survey_translate_to", survey.pk, "fi")
    sent = []
    page.on(
        "request", lambda request: sent.append(request.post_data or "") if request.method == "POST" else None
    )
    page.get_by_label("Question overall, Suomi").fill("Miten meni tänään?")
    page.get_by_role("button", name="Save all").click()
    page.get_by_text("1 text saved.").wait_for()
    assert [post.count("text%3A") for post in sent] == [1]
    assert survey.questions.get(code="overall").text_fi == "Miten meni tänään?"


def test_translations_are_saved_without_script(browser, chiara, survey):
    page = open_page(browser, chiara, "survey_translate_to", survey.pk, "fi", script=False)
    page.get_by_label("Question overall, Suomi").fill("Miten meni tänään?")
    leave(page, "role=button[name='Save all']")
    assert survey.questions.get(code="overall").text_fi == "Miten meni tänään?"


def test_a_bad_wave_is_stopped_in_two_clicks(browser, chiara, wave):
    page = open_page(browser, chiara, "wave_progress", wave.pk)
    page.get_by_text("Stop", exact=True).click()
    page.get_by_role("button", name="Pause it now").click()
    page.get_by_text("The wave is paused.").wait_for()
    wave.refresh_from_db()
    assert wave.state == "paused"
