import json
import secrets
from datetime import UTC, datetime

import pytest
from auditlog.models import LogEntry
from django.apps import apps

from cxportal.dispatch.models import Message, OutboxMail, Suppression
from cxportal.keys import store
from panels import pseudonyms, subject_requests
from panels.models import Consent, Member, Panel, Wording
from panels.models.register import OnlyAdded
from surveys import ballot_box
from surveys.models import Profile, Response, Submission, Tally, Ticket
from surveys.recount import recount
from surveys.release import release
from surveys.waves import open_wave
from tests.factories import CollectorFactory, MessageFactory, WaveFactory
from tests.panels.factories import ConsentFactory, MemberFactory, MembershipFactory, WordingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


@pytest.fixture
def lina():
    member = MemberFactory(name="Lina Quill", email="lina@mail.example", phone="+358401234567")
    membership = MembershipFactory(member=member, panel__name="Customer panel")
    ConsentFactory(membership=membership)
    return membership


def confidential_wave(chiara):
    collector = CollectorFactory(wave=WaveFactory(confidential=True), kind="tickets")
    collector.wave = open_wave(wave=collector.wave, by=chiara)
    return collector


def answer(collector, membership, overall: str) -> None:
    token = secrets.token_urlsafe(24)
    Ticket.objects.create(
        wave=collector.wave,
        collector=collector,
        profile=Profile.objects.get_or_create(wave=collector.wave, invited=50)[0],
        token_hash=ballot_box.hash_of(token),
        subject=membership.subject,
        panel_key_name=pseudonyms.key_name_of(membership.panel),
    )
    ballot_box.put_in(
        collector=collector,
        version=collector.wave.version,
        content={"values": [["overall", overall], ["solved", "yes"]], "texts": []},
        form_number=secrets.token_bytes(16),
        token=token,
    )


def test_everything_held_is_handed_out(lina):
    MessageFactory(address="lina@mail.example", purpose="invitation", accepted=True)
    held = subject_requests.held_about(lina.member)
    assert held["person"]["email"] == "lina@mail.example"
    assert [one["panel"] for one in held["memberships"]] == ["Customer panel"]
    assert held["consents"][0]["wording"] == lina.consents.get().wording.text
    assert [(one["address"], one["state"]) for one in held["messages"]] == [("lina@mail.example", "accepted")]
    assert json.loads(json.dumps(held)) == held


def test_confidential_answers_are_part_of_it_before_and_after_they_are_counted(lina, chiara):
    collector = confidential_wave(chiara)
    answer(collector, lina, "4")
    waiting = subject_requests.held_about(lina.member)["confidential_answers"]
    release(collector.wave)
    counted = subject_requests.held_about(lina.member)["confidential_answers"]
    for answers in (waiting, counted):
        assert [one["wave"] for one in answers] == [collector.wave.code]
        assert ("overall", "4") in {(one["question"], one["value"]) for one in answers[0]["answers"]}


def test_nobody_sees_the_answers_of_another_member(lina, chiara):
    stranger = MembershipFactory(panel=lina.panel)
    answer(confidential_wave(chiara), lina, "4")
    assert subject_requests.held_about(stranger.member)["confidential_answers"] == []


def test_erasing_takes_the_answers_out_of_rows_and_tallies(lina, chiara):
    collector = confidential_wave(chiara)
    stranger = MembershipFactory(panel=lina.panel)
    answer(collector, lina, "4")
    answer(collector, stranger, "2")
    release(collector.wave)
    assert subject_requests.erase(member=lina.member) == 1
    assert Response.objects.count() == 1
    assert recount(collector.wave) == []
    assert not Tally.objects.filter(question="overall", value="4").exists()


def test_an_answer_that_was_not_counted_yet_goes_too(lina, chiara):
    answer(confidential_wave(chiara), lina, "4")
    subject_requests.erase(member=lina.member)
    assert not Submission.objects.exists()


def test_erasing_leaves_no_word_about_the_person_in_any_table(lina):
    message = MessageFactory(address="lina@mail.example", data={"title": "Dear Lina Quill"}, accepted=True)
    OutboxMail.objects.create(
        channel="email", address="lina@mail.example", text="Dear Lina Quill", message_id=message.message_id
    )
    waiting = MessageFactory(address="lina@mail.example", unsubscribe_scope="panel:1")
    subject_requests.erase(member=lina.member)
    subject_requests.forget_messages(Message.objects.filter(pk=waiting.pk))
    assert every_row_that_says("lina@mail", "Lina Quill", "+358401234567") == []


def every_row_that_says(*needles: str) -> list[str]:
    found = []
    for model in apps.get_models():
        if model._meta.managed and model._meta.label != "keys.StoredKey" and model._meta.app_label != "keys":
            for row in model._base_manager.values():
                if any(needle.lower() in str(row).lower() for needle in needles):
                    found.append(model._meta.label)
    return found


def test_the_search_for_words_about_a_person_finds_them(lina):
    assert "panels.Member" in every_row_that_says("lina@mail")


def test_erasing_keeps_what_was_agreed_without_the_person(lina):
    subject_requests.erase(member=lina.member, at=datetime(2026, 5, 1, tzinfo=UTC))
    assert list(Consent.objects.order_by("pk").values_list("membership", "kind", "wording__version")) == [
        (None, "given", 1),
        (None, "withdrawn", 1),
    ]


def test_erasing_stops_what_is_still_in_the_queue(lina):
    message = MessageFactory(address="lina@mail.example", unsubscribe_scope="panel:1")
    subject_requests.erase(member=lina.member)
    message.refresh_from_db()
    assert (message.state, message.reason) == ("cancelled", "erased")
    assert set(Suppression.objects.values_list("reason", flat=True)) == {"erased"}


def test_erasing_in_the_admin_leaves_a_number_in_the_audit_log(lina, chiara_client):
    chiara_client.post(f"/en/admin/panels/member/{lina.member_id}/erase/")
    assert not Member.objects.exists()
    lines = LogEntry.objects.filter(content_type__model="member").values_list("object_repr", flat=True)
    assert set(lines) <= {f"#{lina.member_id}"}


def test_when_the_key_is_destroyed_nothing_leads_to_the_answers(lina, chiara):
    answer(confidential_wave(chiara), lina, "4")
    pseudonyms.destroy_key(panel=lina.panel, typed_code=lina.panel.code, by=chiara)
    assert subject_requests.held_about(lina.member)["confidential_answers"] == []
    assert Submission.objects.count() == 1


def test_a_destroyed_key_is_never_made_anew(lina, chiara):
    pseudonyms.key_name_of(lina.panel)
    pseudonyms.destroy_key(panel=lina.panel, typed_code=lina.panel.code, by=chiara)
    with pytest.raises(store.KeyDestroyed):
        pseudonyms.key_name_of(lina.panel)


def test_the_key_is_destroyed_only_when_the_code_of_the_panel_is_typed(lina, chiara_client):
    pseudonyms.key_name_of(lina.panel)
    address = f"/en/admin/panels/panel/{lina.panel_id}/key/"
    assert "not the code of the panel" in chiara_client.post(address, {"code": "wrong"}).content.decode()
    assert store.exists(lina.panel.key_name)
    chiara_client.post(address, {"code": lina.panel.code})
    assert not store.exists(lina.panel.key_name)


@pytest.mark.parametrize("model", [Consent, Wording])
def test_what_was_agreed_is_neither_changed_nor_deleted(lina, model):
    row = model.objects.get()
    for change in (row.save, row.delete, model.objects.all().delete, lambda: model.objects.update(pk=1)):
        with pytest.raises(OnlyAdded):
            change()


def test_a_better_wording_is_a_new_version(lina):
    WordingFactory(panel=lina.panel, text="Better words.")
    assert list(
        Wording.objects.filter(panel=lina.panel).order_by("version").values_list("version", flat=True)
    ) == [1, 2]


def test_an_erased_panel_member_can_not_be_found_by_the_panel(lina):
    subject_requests.erase(member=lina.member)
    assert Panel.objects.get().memberships.count() == 0
