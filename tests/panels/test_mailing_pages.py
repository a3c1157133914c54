"""Launching and following a mailing in the browser."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from cxportal.dispatch.models import Message
from panels import upkeep
from panels.models import Invitation, Mailing
from panels.preview import preview_of
from panels.tasks import carry_on_mailing
from tests.panels.mailings import any_hour, fill, new_mailing, new_panel, open_wave

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _keys(settings, tmp_path):
    settings.KEYS_FOLDER = tmp_path / "keys"
    any_hour()


@pytest.fixture
def mailing() -> Mailing:
    panel = new_panel()
    fill(panel, 4, language=lambda n: ["en", "fi", "so", "en"][n])
    fill(panel, 1, first=4, opted_out_at=timezone.now())
    return new_mailing(open_wave(), panel)


def page(name, *args) -> str:
    return reverse(f"admin:panels_mailing_{name}", args=args)


def words(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def start(client, mailing, **more):
    answer = client.get(page("change", mailing.pk))
    seen = re.search(r'name="hash" value="(\w+)"', answer.content.decode())[1]
    return client.post(page("start", mailing.pk), {"hash": seen, "seen": "yes"} | more, follow=True)


def form_of(mailing, **more) -> dict:
    return {
        "name": mailing.name,
        "panels": [panel.pk for panel in mailing.panels.all()],
        "channel": "either",
        "method": "everybody",
        "seed": "a",
    } | more


def test_a_mailing_begins_with_a_wave_and_a_panel(chiara_client, mailing):
    chiara_client.post(
        page("add"), {"wave": mailing.wave_id, "panels": [mailing.panels.get().pk], "name": "Second"}
    )
    assert Mailing.objects.get(name="Second").sample.method == "everybody"


def test_the_preview_says_who_gets_what(chiara_client, mailing):
    said = words(chiara_client.get(page("change", mailing.pk)))
    for sentence in (
        "4 people, one message each.",
        "In the panels 5 Drawn 5 said no to surveys − 1 Will be invited 4",
        "English E-mail 3 SMS 0 Falls back 1 All 3",
        "Suomi E-mail 1 SMS 0 Falls back 0 All 1",
        "So few are invited that answers carry nothing of the person.",
    ):
        assert sentence in said


def test_what_is_saved_is_what_the_preview_shows(chiara_client, mailing):
    said = form_of(mailing, method="random", size=2, reminders="14, 7")
    chiara_client.post(page("change", mailing.pk), said | {"text-fi-subject": "Miten meni?"})
    mailing.refresh_from_db()
    assert (mailing.sample.size, mailing.reminder_days) == (2, [7, 14])
    assert mailing.texts.get().subject == "Miten meni?"
    assert "Drawn 2" in words(chiara_client.get(page("change", mailing.pk)))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"method": "random"}, "Say how many are to be drawn."),
        ({"method": "fixed", "size": 3}, "Say by what the groups are formed."),
        ({"reminders": "soon"}, "Write days as numbers from 1 to 365, with commas."),
        ({"reminders": "0"}, "Write days as numbers from 1 to 365, with commas."),
    ],
)
def test_a_mistake_in_the_form_is_said_beside_it(chiara_client, mailing, said, sentence):
    assert sentence in words(chiara_client.post(page("change", mailing.pk), form_of(mailing, **said)))


def test_launching_sends_what_was_seen(chiara_client, mailing, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks():
        start(chiara_client, mailing)
    mailing.refresh_from_db()
    upkeep.carry_on(mailing=mailing)
    assert (mailing.state, mailing.started_by.username, Message.objects.count()) == ("scheduled", "chiara", 4)


def test_a_queue_that_does_not_answer_keeps_nobody_from_launching(
    chiara_client, mailing, monkeypatch, django_capture_on_commit_callbacks
):
    def dead(*args, **kwargs):
        raise OperationalError("away")

    monkeypatch.setattr(carry_on_mailing, "apply_async", dead)
    with django_capture_on_commit_callbacks(execute=True):
        answer = start(chiara_client, mailing)
    assert (answer.status_code, Mailing.objects.get().state) == (200, "scheduled")


def test_launching_without_the_tick_is_refused(chiara_client, mailing):
    answer = start(chiara_client, mailing, seen="")
    assert "Look at the preview first, and say that you have seen it." in words(answer)
    assert Mailing.objects.get().is_draft


def test_launching_an_old_preview_is_refused(chiara_client, mailing):
    answer = start(chiara_client, mailing, hash=preview_of(mailing).seen_hash[::-1])
    assert "has changed since the preview" in words(answer)


def test_launching_twice_is_refused_in_one_sentence(chiara_client, mailing):
    start(chiara_client, mailing)
    answer = chiara_client.post(
        page("start", mailing.pk), {"hash": Mailing.objects.get().seen_hash, "seen": "yes"}, follow=True
    )
    assert "This mailing was started before." in words(answer)


def test_a_bad_send_is_stopped_in_two_clicks(chiara_client, mailing):
    start(chiara_client, mailing)
    upkeep.carry_on(mailing=mailing)
    assert (
        'action="' + page("stop", mailing.pk)
        in chiara_client.get(page("progress", mailing.pk)).content.decode()
    )
    chiara_client.post(page("stop", mailing.pk))
    assert set(Message.objects.values_list("state", flat=True)) == {"cancelled"}


def test_a_scheduled_launch_is_taken_back_with_one_click(chiara_client, mailing):
    Mailing.objects.update(starts_at=timezone.now() + timedelta(days=2))
    start(chiara_client, mailing)
    upkeep.carry_on(mailing=mailing)
    chiara_client.post(page("take_back", mailing.pk))
    assert (Mailing.objects.get().state, Invitation.objects.count()) == ("draft", 0)


def test_the_progress_page_shows_the_figures(chiara_client, mailing):
    start(chiara_client, mailing)
    upkeep.carry_on(mailing=mailing)
    Message.objects.filter(address="person1@mail.example").update(state="accepted", final_at=timezone.now())
    said = words(chiara_client.get(page("progress", mailing.pk)))
    for sentence in (
        "Invited 4 of 5 drawn",
        "Handed over 1 3 in the queue, 0 wait for their time",
        "Suomi Channel E-mail Messages 1 Handed over 1 Came back 0",
        "said no to surveys 1",
    ):
        assert sentence in said


def test_the_page_of_those_left_out_names_no_one(chiara_client, mailing):
    said = words(chiara_client.get(page("left_out", mailing.pk)))
    assert "said no to surveys" in said
    assert "person4@mail.example" not in said
    assert "Person 4" not in said


def test_a_test_goes_to_oneself_in_every_language(chiara_client, chiara, mailing):
    chiara.email = "chiara@agency.example"
    chiara.save()
    chiara_client.post(page("test", mailing.pk))
    assert sorted(Message.objects.values_list("address", "language", "purpose")) == [
        ("chiara@agency.example", "en", "test"),
        ("chiara@agency.example", "fi", "test"),
    ]


@pytest.mark.parametrize("verb", ["start", "stop", "take_back", "test"])
def test_looking_at_an_address_that_changes_something_changes_nothing(chiara_client, mailing, verb):
    chiara_client.get(page(verb, mailing.pk))
    assert (Mailing.objects.get().state, Message.objects.count()) == ("draft", 0)


@pytest.mark.parametrize("verb", ["change", "progress", "left_out", "start", "stop", "take_back", "test"])
def test_only_the_cx_team_reaches_a_mailing(
    aino_client, bram_client, elif_client, dimitri_client, mailing, verb
):
    for client in (aino_client, bram_client, elif_client, dimitri_client):
        assert client.post(page(verb, mailing.pk)).status_code == 403


@pytest.mark.parametrize("mailings", [1, 3])
def test_mailing_list_needs_a_fixed_number_of_queries(chiara_client, mailings, django_assert_num_queries):
    panel = new_panel()
    for _number in range(2 + mailings):  # two waves bring their filter
        new_mailing(open_wave(), panel)
    chiara_client.get(page("changelist"))
    with django_assert_num_queries(QUERIES_OF_THE_LIST):
        chiara_client.get(page("changelist"))


QUERIES_OF_THE_LIST = 17


def test_the_preview_says_how_many_parts_each_text_message_is_charged_as(chiara_client):
    panel = new_panel("phones")
    fill(
        panel,
        3,
        first=50,
        phone=lambda n: f"+3584012345{n:02}",
        channel="sms",
        language=lambda n: ["en", "ar"][n == 51],
    )
    mailing = new_mailing(open_wave(languages=("en", "ar")), panel, channel="sms")
    rows = {row.language.code: (row.sms, row.sms_parts, row.charged) for row in preview_of(mailing).languages}
    english, arabic = rows["en"], rows["ar"]
    assert (english[0], arabic[0]) == (2, 1)
    assert english[2] == 2 * english[1]
    assert arabic[1] > english[1] > 0
    said = words(chiara_client.get(page("change", mailing.pk)))
    assert f"SMS 2 {english[1]} parts each: {english[2]} charged" in said
    assert f"{english[2] + arabic[2]} charged" in said


def test_nobody_by_text_message_is_charged_nothing(mailing):
    assert preview_of(mailing).charged == 0
