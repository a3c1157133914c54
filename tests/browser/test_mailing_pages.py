"""Launching and following a mailing in a real browser."""

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from cxportal.dispatch.models import Message
from panels import mailing as mailings
from panels import upkeep
from panels.models import Mailing, Trigger
from panels.preview import preview_of
from tests.browser.faults import axe_violations, policy_violations, scrolls_sideways
from tests.panels.mailings import any_hour, fill, new_mailing, new_panel, open_wave

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def addresses(settings, tmp_path) -> list[str]:
    """The pages of a mailing in preparation, of one under way, and of a trigger."""
    settings.KEYS_FOLDER = tmp_path / "keys"
    any_hour()
    panel = new_panel()
    fill(panel, 6, language=lambda n: ["en", "ar", "so"][n % 3])
    fill(panel, 1, first=6, opted_out_at=timezone.now())
    wave = open_wave(languages=("en", "ar"))
    sent = new_mailing(open_wave(), panel, reminder_days=[7])
    mailings.start(mailing=sent, seen=preview_of(sent).seen_hash, by=None)
    upkeep.carry_on(mailing=sent)
    Message.objects.filter(pk=Message.objects.first().pk).update(state="accepted", final_at=timezone.now())
    draft = new_mailing(wave, panel, starts_at=timezone.now())
    Mailing.objects.filter(pk=draft.pk).update(refusal="Somebody was faster.")
    trigger = Trigger.objects.create(code="desk", name="After a visit", collector=wave.collectors.get())
    named = [
        ("panels_mailing_change", draft.pk),
        ("panels_mailing_left_out", draft.pk),
        ("panels_mailing_progress", sent.pk),
        ("panels_trigger_change", trigger.pk),
        ("panels_contactrule_change", 1),
        ("surveys_wave_progress", sent.wave_id),
    ]
    return [reverse(f"admin:{name}", args=[pk]) for name, pk in named]


@pytest.mark.parametrize(
    ("language", "dark", "width"), [("en", False, 1280), ("en", True, 390), ("ar", False, 390)]
)
def test_the_pages_of_mailings_are_accessible(browser, chiara, addresses, language, dark, width):
    page = browser(width=width, dark=dark, user=chiara).new_page()
    found = {}
    for address in addresses:
        with translation.override(language):
            answer = page.goto(f"/{language}/" + address.split("/", 2)[2])
        faults = [] if answer.status == 200 else [f"answers {answer.status}"]
        faults += axe_violations(page) + policy_violations(page)
        found[address] = [*faults, "scrolls sideways"] if scrolls_sideways(page) else faults
    assert {address: faults for address, faults in found.items() if faults} == {}
