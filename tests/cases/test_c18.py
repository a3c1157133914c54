"""C18, Swedish Migration Agency: 100,000 invited by e-mail and 22,000 answers, here 100 and 22; three questions by phone."""

import pytest
from django.core.management import call_command
from django.urls import reverse

from cxportal.dispatch.models import OutboxMail
from cxportal.portal import blueprints
from panels import upkeep
from panels.models import Mailing
from surveys import comparison, publishing
from surveys.models import Survey
from surveys.statistics.change import Kind, Verdict
from surveys.statistics.estimates import Estimate
from tests.cases.steps import OutOfSight, at, columns, everybody, text_of, with_link, yes
from tests.conftest import client_of
from tests.factories import CollectorFactory, WaveFactory

INVITED, ANSWERED = 100, 22


@pytest.mark.services
def test_one_in_five_answers_and_the_rate_stands_beside_the_figures(agency, bram, agency_unit, client):
    wave = agency.open(agency.install("C18"))
    agency.import_people("contact_list", (f"person{n}@mail.example;en" for n in range(INVITED)))
    agency.start(Mailing.objects.get(wave=wave))
    mails = list(OutboxMail.objects.all())
    assert len(mails) == INVITED
    for number, mail in enumerate(mails[:ANSWERED]):
        said = {"good": "yes", "in_time": "no" if number < 11 else "yes", "resolved": "yes"}
        with_link(mail).press(**said).press("send")
    upkeep.recount()
    results = agency.publish(agency.close(wave))
    assert everybody(results) == {
        "good": "100 %",
        "in_time": "50 %",
        "resolved": "100 %",
        "all_three": "50 %",
    }
    # a low response rate is said, not hidden
    assert "22 %" in agency.page(wave, "answered")
    # the report to a department
    asked = "Did you get an answer in a reasonable time?"
    assert asked in text_of(agency.client.get(reverse("results:question", args=[wave.pk, "in_time"])))
    action = agency.act("Answer within two days", agency_unit, wave=wave.pk, question="=in_time")
    assert action.evidence.get().figure["n"] == ANSWERED


@pytest.mark.services
def test_the_same_three_questions_at_the_end_of_a_call(agency, chiara):
    wave = agency.open(agency.install("C18"))
    phone = wave.collectors.get(kind="staff")
    for _call in range(10):
        at(phone, client=client_of(chiara)).press(good="yes", in_time="yes", resolved="yes").press("send")
    assert everybody(agency.publish(agency.close(wave)))["all_three"] == "100 %"


@pytest.mark.services
def test_a_response_rate_of_hardly_more_than_one_per_cent_is_said_with_its_tenth(agency, chiara):
    wave = agency.open(agency.install("C18"))
    phone = wave.collectors.get(kind="staff")
    agency.bring(wave, columns(good=yes(0.9, 12), in_time=yes(0.9, 12)), phone)
    agency.enter_counts(agency.client, wave, {phone: (1000, 1000)})
    agency.publish(agency.close(wave))
    assert "1.2 %" in agency.page(wave, "answered")


@pytest.mark.services
def test_rounds_are_compared_within_the_agency(agency):
    for share in (0.6, 0.8):
        wave = blueprints.prepare_wave("C18", by=agency.chiara) if share > 0.6 else agency.install("C18")
        agency.open(wave)
        agency.bring(wave, columns(good=yes(share, 400)), wave.collectors.get(kind="staff"))
        agency.publish(agency.close(wave))
    assert "better by 20" in agency.page(wave, "comparison").lower()


@pytest.mark.services
def test_another_agency_asks_the_same_questions_and_the_figures_can_be_compared(agency):
    """Comparable with other agencies: questions, scales, wordings in every language and figures go out as a file, come
    in elsewhere unchanged, and both publish them under the same codes.
    """
    wave = agency.install("C18")
    own = wave.survey
    file = agency.folder / "shared.xlsx"
    call_command("export_survey", own.code, file=file, stdout=OutOfSight())
    call_command("import_survey", str(file), code="other_agency", publish=True, stdout=OutOfSight())
    other = Survey.objects.get(code="other_agency")
    assert asked_in(other) == asked_in(own)
    assert figures_of(other) == figures_of(own)

    theirs = WaveFactory(
        survey=other, version=other.versions.get(), languages=["en"], breakdowns=[], pairs=[]
    )
    CollectorFactory(wave=theirs)
    published = []
    for each, good in [(wave, 0.6), (theirs, 0.9)]:
        agency.open(each)
        agency.bring(each, columns(good=yes(good, 200), in_time=yes(0.5, 200)))
        published.append(agency.publish(agency.close(each)))
    pairs = [tuple(estimate_of(one, code) for one in published) for code in ("good", "in_time")]
    verdicts = [one.verdict for one in comparison.compare(pairs, kind=Kind.SHARE)]
    assert verdicts == [Verdict.BETTER, Verdict.NO_CLEAR_CHANGE]

    # whoever changes what is asked no longer asks the same: the portal says so
    other.questions.filter(code="good").update(text_en="Were we friendly?")
    with pytest.raises(publishing.ChangesNotDeclared):
        publishing.publish(survey=other, by=agency.chiara)
    version = publishing.publish(survey=other, by=agency.chiara, meaning_kept={"good": False})
    assert [(row.question_code, row.kind) for row in version.changes.all()] == [("good", "reworded")]


def asked_in(survey: Survey) -> list[dict]:
    return publishing.content_of(survey)["parts"]


def figures_of(survey: Survey) -> list[tuple]:
    return list(survey.indicators.order_by("code").values_list("code", "questions", "formula", "target"))


def estimate_of(results: dict, code: str) -> Estimate:
    """As it stands in the file, which any other system can read."""
    value, low, high, n, effective_n = results["everybody"]["indicators"][code]["estimate"]
    return Estimate(value, low, high, n, effective_n)
