"""The whole way of one voice. Each step is an expected failure until the part that carries it is there."""

import random

import pytest
from django.apps import apps
from django.urls import reverse

from cxportal.organisation.receipts import digest_of
from feedback import survey_comments
from feedback.models import Item
from panels import upkeep
from surveys import publication_making, release, waves
from surveys.models import Submission
from tests.factories import CollectorFactory, UnitFactory
from tests.panels.mailings import MONDAY, any_hour, fill, new_mailing, new_panel, open_wave, started
from tests.surveys.filled import send

pytestmark = pytest.mark.django_db
CODE = "ABCD-EFGH-JKMN"


def model(label: str):
    return apps.get_model(label)


def test_a_panel_member_is_invited_to_a_wave_once(settings, tmp_path):
    settings.KEYS_FOLDER = tmp_path / "keys"
    any_hour()
    panel = new_panel()
    fill(panel, 1)
    mailing = started(new_mailing(open_wave(), panel))
    for _twice in range(2):
        upkeep.carry_on(mailing=mailing, at=MONDAY)
    assert model("panels.Invitation").objects.count() == 1
    assert [message.address for message in model("dispatch.Message").objects.all()] == [
        "person0@mail.example"
    ]


def test_the_answer_waits_in_the_ballot_box_without_its_sender(chiara, settings, tmp_path):
    settings.KEYS_FOLDER = tmp_path / "keys"
    collector = CollectorFactory()
    collector.wave = waves.open_wave(wave=collector.wave, by=chiara)
    assert send(collector, random.Random(1)).result == "accepted"
    submission = Submission.objects.get()
    assert (submission.profile, submission.pseudonym) == (None, "")


def test_the_released_answer_is_counted_in_a_publication(chiara, settings, tmp_path):
    settings.KEYS_FOLDER = tmp_path / "keys"
    collector = CollectorFactory()
    collector.wave = waves.open_wave(wave=collector.wave, by=chiara)
    rng = random.Random(1)
    for _ in range(12):
        send(collector, rng)
    waves.close_wave(wave=collector.wave, by=chiara)
    release.release(collector.wave)
    publication_making.make_due()
    assert model("surveys.Publication").objects.get().content["everybody"]["n"] == 12


def test_the_comment_of_the_answer_becomes_feedback(chiara, settings, tmp_path):
    settings.KEYS_FOLDER = tmp_path / "keys"
    collector = CollectorFactory(wave__privacy="confidential")
    collector.wave = waves.open_wave(wave=collector.wave, by=chiara)
    send(collector, random.Random(1), comment="Nobody could tell me how long it takes.")
    waves.close_wave(wave=collector.wave, by=chiara)
    release.release(collector.wave)
    survey_comments.fetch_comments()
    item = Item.objects.for_user(chiara).open().get()
    assert (item.kind, item.text) == ("survey_comment", "Nobody could tell me how long it takes.")


def loud_wave(chiara) -> Item:
    """A wave that was published, with one comment that has become feedback."""
    collector = CollectorFactory(wave__privacy="confidential")
    collector.wave = waves.open_wave(wave=collector.wave, by=chiara)
    rng = random.Random(1)
    send(collector, rng, comment="Nobody could tell me how long it takes.")
    for _ in range(20):
        send(collector, rng)
    waves.close_wave(wave=collector.wave, by=chiara)
    release.release(collector.wave)
    publication_making.make_due()
    survey_comments.fetch_comments()
    return Item.objects.get()


def action_from(item: Item, client) -> None:
    """By the pages: one made of the comment, joined by the figure."""
    make = reverse("actions:make")
    unit = UnitFactory()
    client.post(f"{make}?item={item.pk}", {"title": "Say how long it takes", "unit": unit.pk})
    action = model("actions.Action").objects.get()
    client.post(f"{make}?wave={item.wave_id}&question=overall", {"action": action.pk})


def test_an_action_is_made_with_the_comment_and_the_figure_as_its_evidence(
    chiara, chiara_client, settings, tmp_path
):
    settings.KEYS_FOLDER = tmp_path / "keys"
    action_from(loud_wave(chiara), chiara_client)
    found = model("actions.Evidence").objects.order_by("pk")
    assert [row.kind for row in found] == ["item", "figure"]
    assert found[1].figure["n"] == 21


def test_whoever_spoke_is_told_what_was_done(chiara, chiara_client, client, settings, tmp_path):
    settings.KEYS_FOLDER = tmp_path / "keys"
    item = loud_wave(chiara)
    Item.objects.update(receipt_hash=digest_of(CODE))
    action_from(item, chiara_client)
    action = model("actions.Action").objects.get()
    for step in ["assessed", "decided", "under_way", "done"]:
        chiara_client.post(reverse("actions:move", args=[action.pk]), {"to": step})
    told = model("actions.ToldBack").objects.create(
        action=action,
        title="You see how long it takes",
        heard="Nobody could tell.",
        did="It stands on the page.",
    )
    chiara_client.post(
        reverse("admin:actions_toldback_changelist"), {"action": "release", "_selected_action": [told.pk]}
    )
    answer = client.post(reverse("receipt"), {"code": CODE}).content.decode()
    assert reverse("did_one", args=[told.pk]) in answer
    assert "It stands on the page." in client.get(reverse("did_one", args=[told.pk])).content.decode()
