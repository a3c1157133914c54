"""The form for the public page of a wave."""

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from modeltranslation.utils import build_localized_fieldname

from cxportal.languages import LANGUAGES, KnownLanguage
from surveys.models import Announcement, Wave

LONGEST = Announcement._meta.get_field("who").max_length


class AnnouncementForm(forms.Form):
    """Whether the page is shown, and who is asked, in each language of the wave."""

    is_public = forms.BooleanField(
        label=gettext_lazy("Show this page to everybody, and list it on the front page"), required=False
    )

    def __init__(self, data, *, announcement: Announcement, languages: Iterable[str], source: str):
        super().__init__(data, initial={"is_public": announcement.is_public})
        self.source = source
        self.languages = [LANGUAGES[code] for code in languages]
        for language in self.languages:
            self.fields[self._name(language)] = forms.CharField(
                required=False,
                max_length=LONGEST,
                initial=getattr(announcement, build_localized_fieldname("who", language.code)) or "",
                widget=forms.Textarea(
                    attrs={"rows": 2, "lang": language.code, "dir": language.direction, "maxlength": LONGEST}
                ),
            )

    @staticmethod
    def _name(language: KnownLanguage) -> str:
        return f"who-{language.code}"

    @property
    def rows(self) -> list[tuple[KnownLanguage, forms.BoundField]]:
        return [(language, self[self._name(language)]) for language in self.languages]

    @property
    def who(self) -> dict[str, str]:
        return {language.code: self.cleaned_data[self._name(language)] for language in self.languages}

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        name = self._name(LANGUAGES[self.source])
        if cleaned.get("is_public") and not cleaned.get(name, "").strip():
            self.add_error(name, _("Say who is asked, in the language of the survey first."))
        return cleaned


def languages_of(wave: Wave) -> list[str]:
    """The source first, then the languages of the wave."""
    return list(dict.fromkeys([wave.survey.source_language, *wave.languages]))
