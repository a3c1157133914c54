"""Languages of the pages for staff. The language stands in the address, so the menu is a list of plain links."""

from pathlib import Path
from typing import NamedTuple

import django.contrib.admin
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.translation import get_language, to_locale

from cxportal.languages import LANGUAGES, STAFF, KnownLanguage
from cxportal.organisation.models import Language

ADMIN_CATALOGUES = Path(django.contrib.admin.__file__).parent / "locale"


class PageInLanguage(NamedTuple):
    language: KnownLanguage
    address: str
    is_current: bool


def staff_languages() -> list[str]:
    """English, Finnish, Swedish, and every offered language in which the frame of the admin can be read."""
    offered = [code for code in Language.offered() if code not in STAFF and _has_admin_catalogue(code)]
    return [*STAFF, *offered]


def _has_admin_catalogue(code: str) -> bool:
    return (ADMIN_CATALOGUES / to_locale(code)).is_dir()


def languages_of_page(request: HttpRequest) -> list[PageInLanguage]:
    here = request.get_full_path()
    return [
        PageInLanguage(LANGUAGES[code], translate_url(here, code), code == get_language())
        for code in staff_languages()
    ]
