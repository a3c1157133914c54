"""The part of a question's form that takes pictures and recordings, a row for each language."""

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cxportal.languages import LANGUAGES
from cxportal.organisation.models import User
from surveys.clip_formats import LARGEST_BYTES, BadClip, checked
from surveys.clips import describe_picture, put_clip, remove_clip
from surveys.models import Clip, Question
from surveys.wording import clip_address

ACCEPTED = {Clip.Kind.PICTURE: "image/png,image/jpeg,image/webp", Clip.Kind.AUDIO: "audio/*,.mp3,.m4a,.ogg"}


class ClipsForm(forms.Form):
    """What a question has to see and to hear in one language."""

    picture = forms.FileField(label=gettext_lazy("Picture"), required=False)
    alt = forms.CharField(
        label=gettext_lazy("What the picture shows"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Read out to people who cannot see it."),
    )
    remove_picture = forms.BooleanField(label=gettext_lazy("Remove the picture"), required=False)
    audio = forms.FileField(label=gettext_lazy("Recording of the question"), required=False)
    remove_audio = forms.BooleanField(label=gettext_lazy("Remove the recording"), required=False)

    def __init__(self, data, files, *, language: str, has: dict[str, Clip], is_source: bool):
        super().__init__(data, files, prefix=f"clips-{language}")
        self.language = LANGUAGES[language]
        self.has, self.is_source = has, is_source
        for kind, accepted in ACCEPTED.items():
            self.fields[kind.value].widget.attrs["accept"] = accepted
        self.fields["alt"].widget.attrs |= {"lang": self.language.code, "dir": self.language.direction}
        if Clip.Kind.PICTURE in has:
            self.fields["alt"].initial = has[Clip.Kind.PICTURE].alt

    @property
    def picture_now(self) -> Clip | None:
        return self.has.get(Clip.Kind.PICTURE)

    @property
    def picture_address(self) -> str:
        return clip_address(self.picture_now.file) if self.picture_now else ""

    @property
    def audio_address(self) -> str:
        clip = self.has.get(Clip.Kind.AUDIO)
        return clip_address(clip.file) if clip else ""

    def clean_picture(self):
        return self._checked(Clip.Kind.PICTURE)

    def clean_audio(self):
        return self._checked(Clip.Kind.AUDIO)

    def _checked(self, kind: Clip.Kind) -> bytes | None:
        """The content that was sent. What it is counts, not how it is called."""
        upload = self.cleaned_data[kind.value]
        if upload is None:
            return None
        content = upload.read(LARGEST_BYTES + 1) if upload.size > LARGEST_BYTES else upload.read()
        try:
            found = checked(content)
        except BadClip as fault:
            raise forms.ValidationError(str(fault)) from fault
        if found.is_picture != (kind == Clip.Kind.PICTURE):
            raise forms.ValidationError(
                _("This is a picture.") if found.is_picture else _("This is a recording.")
            )
        return content

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        stays = self.picture_now and not cleaned.get("remove_picture")
        if (cleaned.get("picture") or stays) and not cleaned.get("alt", "").strip():
            self.add_error("alt", _("Say what the picture shows, for people who cannot see it."))
        return cleaned

    def save(self, question: Question, by: User) -> None:
        for kind in Clip.Kind:
            content = self.cleaned_data[kind.value]
            where = {"question": question, "language": self.language.code, "by": by}
            if content:
                put_clip(kind=kind, content=content, alt=self.cleaned_data["alt"], **where)
            elif self.cleaned_data[f"remove_{kind.value}"]:
                remove_clip(kind=kind, **where)
            elif kind == Clip.Kind.PICTURE and self.picture_now and "alt" in self.changed_data:
                describe_picture(alt=self.cleaned_data["alt"], **where)


def clips_forms(question: Question, languages: Iterable[str], data, files) -> list[ClipsForm]:
    has: dict[str, dict[str, Clip]] = {}
    for clip in question.clips.all():
        has.setdefault(clip.language, {})[clip.kind] = clip
    codes = list(dict.fromkeys([*languages, *has]))
    source = question.survey.source_language
    return [
        ClipsForm(data, files, language=code, has=has.get(code, {}), is_source=code == source)
        for code in codes
    ]
