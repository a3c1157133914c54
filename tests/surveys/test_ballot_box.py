import random
import secrets

import pytest
from django.db import IntegrityError, connection

from cxportal.keys import store
from surveys import ballot_box, waves
from surveys.ballot_box import Result
from surveys.models import Mark, Profile, Submission, Ticket
from tests.factories import CollectorFactory, UnitFactory, WaveFactory
from tests.surveys.filled import send

pytestmark = [pytest.mark.django_db, pytest.mark.services]

RNG = random.Random(7)


@pytest.fixture
def collector(chiara, tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"
    collector = CollectorFactory(unit=UnitFactory(code="A"))
    collector.wave = waves.open_wave(wave=collector.wave, by=chiara)
    return collector


@pytest.fixture
def token(collector):
    token = secrets.token_urlsafe(24)
    profile = Profile.objects.create(wave=collector.wave, language="fi", invited=60)
    Ticket.objects.create(
        wave=collector.wave, collector=collector, profile=profile, token_hash=ballot_box.hash_of(token)
    )
    return token


def test_an_accepted_answer_is_in_the_box(collector):
    assert send(collector, RNG).result == Result.ACCEPTED
    assert Submission.objects.count() == 1


def test_taking_an_answer_needs_at_most_four_queries(collector, token, django_assert_max_num_queries):
    with django_assert_max_num_queries(4 + 2):  # and the savepoint of the test's own transaction
        send(collector, RNG, token=token)


def test_a_form_sent_twice_counts_once(collector):
    number = secrets.token_bytes(16)
    results = [send(collector, RNG, form_number=number).result for _ in range(2)]
    assert results == [Result.ACCEPTED, Result.AGAIN]
    assert Submission.objects.count() == 1


def test_a_personal_link_counts_once(collector, token):
    assert [send(collector, RNG, token=token).result for _ in range(2)] == [Result.ACCEPTED, Result.SPENT]
    assert Submission.objects.count() == 1
    assert ballot_box.is_spent(collector.wave, token)


def test_a_form_of_a_personal_link_sent_twice_is_the_same_form_not_a_second_one(collector, token):
    number = secrets.token_bytes(16)
    results = [send(collector, RNG, token=token, form_number=number).result for _ in range(2)]
    assert results == [Result.ACCEPTED, Result.AGAIN]


def test_the_ticket_is_not_touched_by_the_answer(collector, token):
    before = Ticket.objects.values().get()
    send(collector, RNG, token=token)
    assert Ticket.objects.values().get() == before


def test_marks_and_tickets_refer_to_nothing_of_each_other(collector, token):
    send(collector, RNG, token=token)
    names = {field.name for field in Mark._meta.get_fields()}
    assert names == {"id", "wave", "mark", "is_fresh"}
    stored = " ".join(Mark.objects.values_list("mark", flat=True))
    assert token not in stored
    assert ballot_box.hash_of(token) not in stored


def test_a_forged_link_stores_nothing(collector):
    assert send(collector, RNG, token="forged").result == Result.CLOSED
    assert Submission.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "result"),
    [
        (lambda c: waves.pause(wave=c.wave, by=None), Result.PAUSED),
        (lambda c: waves.close_wave(wave=c.wave, by=None), Result.CLOSED),
        (lambda c: type(c).objects.update(state="paused"), Result.PAUSED),
        (lambda c: type(c).objects.update(state="closed"), Result.CLOSED),
    ],
)
def test_the_box_reads_the_truth_about_the_wave(collector, change, result):
    change(collector)
    assert send(collector, RNG).result == result
    assert Submission.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "result"),
    [
        (lambda collector, by: waves.close_wave(wave=collector.wave, by=by), Result.CLOSED),
        (lambda collector, by: waves.pause(wave=collector.wave, by=by), Result.PAUSED),
        (lambda collector, by: type(collector).objects.update(state="closed"), Result.CLOSED),
        (lambda collector, by: store.destroy(collector.wave.key_name), Result.PAUSED),
    ],
    ids=["wave closed", "wave paused", "way in closed", "key lost"],
)
def test_what_the_process_remembers_of_a_way_in_takes_nothing_that_closed_since(
    collector, chiara, change, result
):
    assert send(collector, RNG).result == Result.ACCEPTED
    change(collector, chiara)
    assert send(collector, RNG).result == result
    assert (Submission.objects.count(), Mark.objects.count()) == (1, 1)


def test_an_answer_by_a_remembered_open_link_is_one_statement_on_postgresql(
    collector, django_assert_num_queries
):
    send(collector, RNG)
    statements = 1 if connection.vendor == "postgresql" else 4
    with django_assert_num_queries(statements + 2):  # and the savepoint of the test's own transaction
        send(collector, RNG)


def test_a_wave_in_draft_takes_nothing(db):
    assert send(CollectorFactory(), RNG).result == Result.NOT_OPEN


def test_a_lost_key_pauses_the_wave_and_takes_nothing(collector):
    store.destroy(collector.wave.key_name)
    assert send(collector, RNG).result == Result.PAUSED
    collector.wave.refresh_from_db()
    assert collector.wave.state == "paused"
    assert Submission.objects.count() == 0


def test_after_the_key_is_gone_nobody_can_tell_whether_a_link_was_used(collector, token):
    send(collector, RNG, token=token)
    store.destroy(collector.wave.key_name)
    assert not ballot_box.is_spent(collector.wave, token)


def test_an_anonymous_answer_has_no_time_order_address_or_token_beside_it():
    names = {field.name for field in Submission._meta.get_fields()}
    assert names == {
        *("id", "wave", "version", "collector", "profile", "language", "mode", "is_assisted"),
        *("pseudonym", "content"),
    }


def test_a_language_that_is_not_the_profiles_is_not_kept(collector, token):
    send(collector, RNG, token=token, language="ar")
    assert Submission.objects.get().language == ""


def test_the_receipt_code_is_shown_once_and_never_stored(collector):
    outcome = send(collector, RNG, comment="The queue was long.", wants_receipt=True)
    stored = str(Submission.objects.get().content)
    assert outcome.receipt
    assert outcome.receipt not in stored
    assert outcome.receipt.replace("-", "") not in stored


def test_confidential_answers_of_one_member_carry_one_pseudonym_across_waves(chiara, tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"
    store.create("panel:1")
    for number in range(2):
        collector = CollectorFactory(wave=WaveFactory(confidential=True))
        collector.wave = waves.open_wave(wave=collector.wave, by=chiara)
        Ticket.objects.create(
            wave=collector.wave,
            collector=collector,
            profile=Profile.objects.create(wave=collector.wave),
            token_hash=ballot_box.hash_of(f"token{number}"),
            subject="member-7",
            panel_key_name="panel:1",
        )
        send(collector, RNG, token=f"token{number}")
    pseudonyms = set(Submission.objects.values_list("pseudonym", flat=True))
    assert len(pseudonyms) == 1
    assert pseudonyms != {""}


def test_the_database_failing_in_the_middle_leaves_no_mark_behind(collector, monkeypatch):
    monkeypatch.setattr(ballot_box, "kept_language", lambda *_: None)  # the row of the answer is refused
    with pytest.raises(IntegrityError):
        send(collector, RNG)
    assert Mark.objects.count() == 0
