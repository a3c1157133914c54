"""From the command line as in the admin."""

import json
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cxportal.dispatch.models import Message
from panels.models import Mailing
from tests.panels.mailings import any_hour, fill, new_panel, open_wave

pytestmark = pytest.mark.django_db


def said(*arguments, **options) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def wave(settings, tmp_path):
    settings.KEYS_FOLDER = tmp_path / "keys"
    any_hour()
    fill(new_panel(), 10)
    return open_wave(code="autumn")


def test_draw_start_and_look(wave):
    drawn = said("draw_sample", "autumn", panel=["customers"], method="random", size=4, seed="a")
    seen = re.search(r"Seen: (\w+)", drawn)[1]
    mailing = Mailing.objects.get()
    said("start_mailing", str(mailing.pk), seen=seen, queue_now=True)
    status = json.loads(said("mailing_status", str(mailing.pk), json=True))
    assert (status["frame"], status["drawn"], status["invited"], Message.objects.count()) == (10, 4, 4, 4)


def test_what_was_not_seen_is_not_started(wave):
    said("draw_sample", "autumn", panel=["customers"])
    with pytest.raises(CommandError, match="look at it again"):
        said("start_mailing", str(Mailing.objects.get().pk), seen="0" * 64)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"panel": ["nobody"]}, "There is no panel nobody."),
        ({"panel": ["customers"], "method": "random"}, "Say how many are to be drawn"),
        ({"panel": ["customers"], "method": "fixed", "size": 3}, "Say by what the groups are formed"),
        (
            {"panel": ["customers"], "method": "fixed", "size": 3, "groups_by": "shoes"},
            "No group can be formed by shoes.",
        ),
        ({"panel": ["customers"], "starts_at": "soon"}, "--starts-at is written like"),
    ],
)
def test_a_mistake_is_said_in_one_sentence_and_leaves_nothing(wave, options, sentence):
    with pytest.raises(CommandError, match=re.escape(sentence)):
        said("draw_sample", "autumn", **options)
    assert Mailing.objects.count() == 0


def test_an_unknown_wave_is_said(db):
    new_panel()
    with pytest.raises(CommandError, match=r"There is no wave winter\."):
        said("draw_sample", "winter", panel=["customers"])
