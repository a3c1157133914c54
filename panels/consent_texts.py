"""What people agree to who join a panel: the words shipped with the portal, and the words of the panel itself."""

from typing import NamedTuple

from django.utils import translation
from django.utils.translation import gettext_noop as _

from cxportal.interface import said
from cxportal.languages import SOURCE
from cxportal.organisation.models import Language
from cxportal.organisation.texts import direction_of
from panels.models import Panel, Wording

STANDARD = (
    _("We keep your address and your language, to send you invitations. For nothing else."),
    _("The office for customer experience can see them. Nobody else can."),
    _("Each survey says, before it begins, whether your answers can be traced to you."),
    _("You can leave with two taps from every message. Then we delete your address."),
    _("After %(months)s months we delete it too, unless you tell us that you want to stay."),
)


class Words(NamedTuple):
    """One wording, line by line, with the language it is in."""

    pk: int
    lines: list[str]
    language: str
    direction: str


def words_of(panel: Panel, language: str) -> Words | None:
    """The newest wording in this language, else in the source language, else in any; `None`: nobody can join yet."""
    newest = {row.language: row for row in panel.wordings.order_by("version")}
    for code in (language, SOURCE, *newest):
        if code in newest:
            return words_in(newest[code])
    return None


def words_in(wording: Wording) -> Words:
    lines = [line.strip() for line in wording.text.splitlines() if line.strip()]
    return Words(wording.pk, lines, wording.language, direction_of(wording.language))


def take_standard(panel: Panel) -> int:
    """A new version of the shipped words in every offered language that has all of them; how many are new."""
    made = 0
    for language in {SOURCE, *Language.offered()}:
        text = _standard_in(language, panel)
        last = panel.wordings.filter(language=language).order_by("-version").first()
        if text and (last is None or last.text != text):
            with translation.override(language):
                Wording.objects.create(panel=panel, language=language, text=text, purpose=panel.purpose or "")
            made += 1
    return made


def _standard_in(language: str, panel: Panel) -> str:
    with translation.override(language):
        lines = [
            said(line, months=panel.retention_months) if "%(" in line else said(line) for line in STANDARD
        ]
    return "\n".join(line.text for line in lines) if {line.language for line in lines} == {language} else ""
