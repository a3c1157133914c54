"""What the preview and the message say, before anything is sent."""

import pytest

from cxportal.dispatch.models import Message
from cxportal.dispatch.rendering import render
from panels import invitation_texts, upkeep
from panels.audience import audience_of
from panels.preview import preview_of
from surveys.models import Version
from tests.panels.mailings import MONDAY, any_hour, fill, new_mailing, new_panel, open_wave, started

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _keys(settings, tmp_path):
    settings.KEYS_FOLDER = tmp_path / "keys"
    any_hour()


@pytest.fixture
def panel():
    return new_panel()


def test_looking_twice_shows_the_same(panel):
    fill(panel, 30)
    mailing = new_mailing(open_wave(), panel, sample={"method": "random", "size": 10, "seed": "a"})
    assert preview_of(mailing, at=MONDAY).seen_hash == preview_of(mailing, at=MONDAY).seen_hash


def test_the_drawn_do_not_depend_on_who_is_left_out(panel):
    fill(panel, 30, opted_out_at=lambda n: MONDAY if n % 2 else None)
    mailing = new_mailing(open_wave(), panel, sample={"method": "random", "size": 10, "seed": "a"})
    audience = audience_of(mailing, at=MONDAY)
    assert len(audience.drawn.people) == len(audience.invited) + len(audience.left_out) == 10


@pytest.mark.parametrize("strata", ["unit", "language", "attribute:age"])
def test_groups_are_formed_by_unit_language_or_attribute(panel, strata, unit_a, unit_b):
    fill(
        panel,
        20,
        unit=lambda n: unit_a if n < 5 else unit_b,
        language=lambda n: "fi" if n < 5 else "en",
        attributes=lambda n: {"age": "young" if n < 5 else "old"},
    )
    sample = {"method": "fixed", "size": 3, "strata": strata, "seed": "a"}
    drawn = audience_of(new_mailing(open_wave(), panel, sample=sample), at=MONDAY).drawn
    assert sorted(drawn.groups.values()) == [(5, 3), (15, 3)]


def test_the_preview_says_what_the_profiles_lost(panel):
    panel.attributes.create(code="age", name="Age", values=[{"code": "old", "name": "Old"}])
    fill(panel, 60, attributes=lambda n: {"age": "old" if n < 55 else "young"})
    wave = open_wave(breakdowns=["attribute:age"], pairs=[], smallest_profile=20)
    preview = preview_of(new_mailing(wave, panel), at=MONDAY)
    # five are too few for a group of their own, and the only other one goes along so that nobody stands out
    assert (preview.lost, preview.profile_count, preview.has_profiles_too_small) == (
        [("attribute:age", 60)],
        1,
        False,
    )


def test_the_preview_says_how_many_stand_out_by_what_is_asked_again(panel):
    panel.attributes.create(code="overall", name="Overall", values=[{"code": "1", "name": "1"}])
    fill(panel, 25, attributes=lambda n: {"overall": str(n) if n < 3 else "same"})
    wave = open_wave(breakdowns=[], pairs=[], smallest_profile=20)
    audience = preview_of(new_mailing(wave, panel), at=MONDAY).audience
    assert (audience.asked_again, audience.unique) == (["overall"], 3)


def test_a_list_that_is_wiped_cannot_count_and_the_preview_says_so(panel):
    calls = new_panel("calls", kind="contact_list", wipes="after_last_message")
    wave = open_wave()
    says = [preview_of(new_mailing(wave, row)).has_lists_that_cannot_count for row in (panel, calls)]
    assert says == [False, True]


def test_a_contact_list_needs_no_consent(panel):
    calls = new_panel("calls", kind="contact_list", wipes="after_last_message")
    fill(calls, 2)
    assert len(preview_of(new_mailing(open_wave(), calls)).audience.invited) == 2


def test_a_preview_needs_a_fixed_number_of_queries(panel, django_assert_max_num_queries):
    fill(panel, 40)
    mailing = new_mailing(open_wave(), panel)
    with django_assert_max_num_queries(24):
        preview_of(mailing, at=MONDAY)


# ---------- what is read ----------


def sent(panel, **how) -> Message:
    fill(panel, 1)
    upkeep.carry_on(mailing=started(new_mailing(open_wave(), panel, **how)), at=MONDAY)
    return Message.objects.get()


def test_the_message_says_what_it_is_about_promises_and_how_to_stop(panel):
    message = sent(panel, reminder_days=[7])
    text = render(message).text
    for sentence in (
        "How was it? (en)",
        "Please tell us. (en)",
        "No name, no case number.",
        message.data["link"],
        "If you do not answer, we remind you one time. Then no more.",
        "You get this message because you are in this group of the agency: Panel customers.",
        "Stop all such messages:",
    ):
        assert sentence in text


def test_a_person_of_a_standing_panel_can_change_how_they_are_written_to(panel):
    message = sent(panel)
    assert message.data["preferences"] in render(message).html


def test_a_message_can_be_unsubscribed_from_in_one_click(panel):
    rendered = render(sent(panel))
    assert rendered.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_the_words_of_the_mailing_take_the_place_of_the_title(panel):
    fill(panel, 1)
    mailing = new_mailing(open_wave(), panel)
    mailing.texts.create(language="en", subject="Tell us", intro="It is short.", sms="Tell us?")
    upkeep.carry_on(mailing=started(mailing), at=MONDAY)
    rendered = render(Message.objects.get())
    assert (rendered.subject, "It is short." in rendered.text) == ("Tell us", True)


def test_a_reminder_says_so_and_that_it_is_the_last(panel):
    fill(panel, 1)
    mailing = new_mailing(open_wave(), panel, reminder_days=[7])
    said = invitation_texts.shown(mailing, "en", scope="panel:1", reminder=1)
    assert said.subject == "Reminder: How was it? (en)"
    assert "This is the last message about this survey." in said.text


def test_what_somebody_wrote_into_a_title_stays_text(panel):
    fill(panel, 1)
    wave = open_wave()
    content = wave.version.content
    content["title"]["en"] = "<script>alert(1)</script>\r\nBcc: everybody@mail.example"
    Version.objects.filter(pk=wave.version_id).update(content=content)
    wave.version.refresh_from_db()
    said = invitation_texts.shown(new_mailing(wave, panel), "en", scope="panel:1")
    assert "<script" not in said.html
    assert "\n" not in said.subject


def test_a_text_message_says_its_length_in_parts(panel):
    fill(panel, 1)
    said = invitation_texts.shown(new_mailing(open_wave(), panel), "en", scope="panel:1")
    assert (said.sms_length.alphabet, said.sms_length.units) == ("gsm7", len(said.sms))
    assert said.sms_length.parts == -(-len(said.sms) // 153) if len(said.sms) > 160 else 1
