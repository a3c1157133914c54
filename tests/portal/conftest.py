"""Catalogues, slots and languages as a test wants them."""

import copy

import polib
import pytest
from django.conf import settings as configured

from cxportal import slots
from cxportal.organisation.models import Agency, Language


@pytest.fixture
def catalogues(settings, tmp_path):
    """`catalogues(fi={"Begin": "Aloita"})`: these entries and no others of our own."""

    def write(**languages: dict[str, str]) -> None:
        for language, entries in languages.items():
            catalogue = polib.POFile()
            catalogue.metadata = {"Content-Type": "text/plain; charset=utf-8"}
            catalogue.extend(polib.POEntry(msgid=message, msgstr=text) for message, text in entries.items())
            folder = tmp_path / "locale" / language / "LC_MESSAGES"
            folder.mkdir(parents=True)
            catalogue.save_as_mofile(str(folder / "django.mo"))
        settings.LOCALE_PATHS = [tmp_path / "locale"]

    return write


@pytest.fixture
def fill_slot(settings, tmp_path, monkeypatch):
    """`fill_slot("front.now", "<li>Your visit</li>")`: a room put this there; `None`: it has nothing to show."""
    monkeypatch.setattr(slots, "_fillings", copy.deepcopy(slots._fillings))
    templates = copy.deepcopy(configured.TEMPLATES)
    templates[0]["DIRS"] = [tmp_path]
    settings.TEMPLATES = templates

    def fill(slot: str, html: str | None) -> None:
        (tmp_path / f"{slot}.html").write_text(html or "")
        slots.fill(slot, f"{slot}.html", lambda request: None if html is None else {})

    return fill


@pytest.fixture
def offer(db):
    """`offer("fi", "ar")`: exactly these languages, in this order."""

    def offered(*codes: str) -> None:
        Language.objects.exclude(code__in=codes).update(is_offered=False)
        for position, code in enumerate(codes):
            language, _ = Language.objects.get_or_create(code=code)
            language.position, language.is_offered = position, True
            language.save()

    return offered


@pytest.fixture
def agency(db):
    agency = Agency(
        name_en="Service Agency",
        name_fi="Palveluvirasto",
        contact_email="cx@agency.example",
        contact_phone="+358 29 000 0000",
        contact_address="Example Street 1\n00100 Helsinki",
    )
    agency.save()
    return agency
