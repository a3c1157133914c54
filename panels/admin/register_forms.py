"""Forms of the register: people with their addresses in the forms they are kept in, attributes, files."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cxportal.dispatch.addresses import AddressNotPossible
from cxportal.languages import LANGUAGES
from cxportal.organisation.models import Language
from panels import member_files
from panels.contact import contact_of
from panels.models import Attribute, Member

DELIMITERS = [
    ("", gettext_lazy("found out")),
    (";", gettext_lazy("semicolon")),
    (",", gettext_lazy("comma")),
    ("\t", gettext_lazy("tab")),
    ("|", gettext_lazy("bar")),
]
ENCODINGS = [
    ("", gettext_lazy("found out")),
    *((name, name) for name in ("utf-8", "cp1252", "iso-8859-15", "cp1251", "cp1253", "cp1256", "utf-16")),
]


class MemberForm(forms.ModelForm):
    class Meta:
        model = Member
        fields = [
            "name",
            "organisation",
            "email",
            "phone",
            "language",
            "further_languages",
            "paused_until",
            "mail_state",
            "sms_state",
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        email, phone = cleaned.get("email", ""), cleaned.get("phone", "")
        self.instance.email_folded = self.instance.email_hash = self.instance.phone_hash = ""
        if email:
            self._take("email", email=email)
        if phone:
            self._take("phone", phone=phone)
        return cleaned

    def _take(self, field: str, **address: str) -> None:
        try:
            contact = contact_of(**address)
        except AddressNotPossible:
            self.add_error(field, _("Nobody can write to this."))
            return
        for column, value in contact._asdict().items():
            if value:
                setattr(self.instance, column, value)
        self.cleaned_data[field] = getattr(contact, field)
        same = Member.objects.exclude(pk=self.instance.pk)
        same = (
            same.with_emails([contact.email_folded]) if contact.email else same.with_phones([contact.phone])
        )
        if same.exists():
            self.add_error(field, _("Somebody in the register has it already."))


class AttributeForm(forms.ModelForm):
    """Values are written one a line: code = name."""

    lines = forms.CharField(
        label=gettext_lazy("allowed values"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One a line: code = name"),
    )

    class Meta:
        model = Attribute
        fields = ["code", "name", "may_be_breakdown", "position"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lines"].initial = "\n".join(
            f"{value['code']} = {value['name']}" for value in self.instance.values or []
        )

    def clean_lines(self) -> str:
        values = []
        for line in self.cleaned_data["lines"].splitlines():
            code, _equals, name = line.partition("=")
            if code.strip():
                values.append({"code": code.strip(), "name": name.strip() or code.strip()})
        self.instance.values = values
        try:
            self.instance.clean()
        except ValidationError as error:
            raise ValidationError(error.messages) from error
        return self.cleaned_data["lines"]


class FileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV or Excel with a heading in the first row, at most 50 MB."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of people whose row names none"))
    consent_on = forms.DateField(
        label=gettext_lazy("These people agreed on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy(
            "Leave it empty if the file says so itself, or if they did not agree by this list."
        ),
    )
    encoding = forms.ChoiceField(label=gettext_lazy("Letters of the file"), choices=ENCODINGS, required=False)
    delimiter = forms.ChoiceField(
        label=gettext_lazy("Between the cells stands"), choices=DELIMITERS, required=False
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [  # type: ignore[attr-defined]
            (code, LANGUAGES[code].native_name) for code in Language.offered()
        ]

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > member_files.MOST_BYTES:
            raise ValidationError(_("The file is larger than 50 MB. Split it."))
        return file


class KeyForm(forms.Form):
    code = forms.CharField(label=gettext_lazy("Type the code of the panel"), max_length=40)
