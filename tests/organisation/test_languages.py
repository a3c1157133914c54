import pytest
from django.urls import reverse

from cxportal.organisation.languages import DecisionNeeded, offer, withdraw
from cxportal.organisation.models import Language, Stage, TextReading
from cxportal.organisation.texts import reading_digest
from tests.factories import ServiceFactory

pytestmark = pytest.mark.django_db

WHY = "The reception centres need it before the reader is back."


@pytest.fixture(autouse=True)
def _one_unread_text(tmp_path, settings):
    settings.LOCALE_PATHS = [tmp_path]
    Stage.objects.all().delete()
    ServiceFactory(name_en="Permit", name_so="Rukhsad")


def kept(code="so") -> tuple:
    row = Language.objects.get(code=code)
    return row.is_offered, row.decision, row.decided_by, row.decided_at


def test_an_unread_language_is_not_offered_without_a_decision(chiara):
    with pytest.raises(DecisionNeeded) as error:
        offer(language="so", by=chiara)
    assert (error.value.coverage.open, Language.objects.filter(code="so").exists()) == (1, False)


def test_blanks_are_no_decision(chiara):
    with pytest.raises(DecisionNeeded):
        offer(language="so", by=chiara, decision=" \n ")


def test_a_missing_text_needs_a_decision_too(chiara):
    with pytest.raises(DecisionNeeded):
        offer(language="ar", by=chiara)


def test_a_decision_keeps_its_words_who_and_when(chiara, time_machine_now):
    offer(language="so", by=chiara, decision=WHY)
    assert kept() == (True, WHY, chiara, time_machine_now)


def test_a_language_that_is_read_needs_no_decision(chiara, time_machine_now):
    TextReading.objects.create(language="so", digest=reading_digest("Permit", "Rukhsad"), read_by=chiara)
    offer(language="so", by=chiara)
    assert kept() == (True, "", chiara, time_machine_now)


def test_a_language_is_taken_back(chiara, time_machine_now):
    offer(language="so", by=chiara, decision=WHY)
    withdraw(language="so", by=chiara)
    assert kept() == (False, "", chiara, time_machine_now)


def test_an_offered_language_stands_in_the_menu_at_once(chiara):
    before = Language.offered()
    offer(language="so", by=chiara, decision=WHY)
    assert (before, Language.offered()) == (("en", "fi", "sv"), ("en", "fi", "sv", "so"))


# ---------- the form ----------


def save(client, code="so", **values):
    row = Language.objects.filter(code=code).first()
    address = (
        reverse("admin:organisation_language_change", args=[row.pk])
        if row
        else reverse("admin:organisation_language_add")
    )
    return client.post(address, {"code": code, "position": "7", **values})


def test_the_form_refuses_an_unread_language_without_a_decision(chiara_client):
    answer = save(chiara_client, is_offered="on")
    assert answer.context["adminform"].form.errors == {
        "decision": [
            "1 texts are unread and 0 are missing in this language."
            " Read them first, or write down why the language is offered all the same."
        ]
    }
    assert not Language.objects.filter(code="so").exists()


def test_the_form_keeps_the_decision(chiara, chiara_client, time_machine_now):
    save(chiara_client, is_offered="on", decision=WHY)
    assert (kept(), Language.objects.get(code="so").position) == ((True, WHY, chiara, time_machine_now), 7)


def test_the_form_takes_a_language_back(chiara, dimitri, dimitri_client, time_machine_now):
    offer(language="so", by=chiara, decision=WHY)
    save(dimitri_client, decision=WHY)
    assert kept() == (False, "", dimitri, time_machine_now)


def test_moving_a_language_in_the_menu_is_no_decision(chiara, dimitri_client):
    offer(language="so", by=chiara, decision=WHY)
    before = kept()
    save(dimitri_client, is_offered="on", decision=WHY)
    assert (kept(), Language.objects.get(code="so").position) == (before, 7)


def test_taking_the_words_of_a_decision_away_needs_them_anew(chiara, chiara_client):
    offer(language="so", by=chiara, decision=WHY)
    answer = save(chiara_client, is_offered="on", decision="")
    assert "decision" in answer.context["adminform"].form.errors
    assert kept()[1] == WHY


def test_adding_a_language_without_offering_it_is_no_decision(chiara_client):
    save(chiara_client)
    assert kept() == (False, "", None, None)


def test_other_people_decide_nothing(aino_client):
    assert save(aino_client, is_offered="on", decision=WHY).status_code == 403
