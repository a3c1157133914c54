"""The form of one language in the admin: offering an unread one needs a decision in writing."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cxportal.organisation.coverage import coverage_of
from cxportal.organisation.languages import offer, withdraw
from cxportal.organisation.models import Language, User


class LanguageForm(forms.ModelForm):
    class Meta:
        model = Language
        fields = ("code", "position", "is_offered", "decision")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        code = cleaned.get("code") or self.instance.code
        if (
            not (code and self._is_new_decision and cleaned.get("is_offered"))
            or cleaned.get("decision", "").strip()
        ):
            return cleaned
        coverage = coverage_of(code)
        if coverage.open:
            raise ValidationError(
                {
                    "decision": _(
                        "%(unread)d texts are unread and %(missing)d are missing in this language."
                        " Read them first, or write down why the language is offered all the same."
                    )
                    % {
                        "unread": coverage.interface.unread + coverage.content.unread,
                        "missing": coverage.interface.missing + coverage.content.missing,
                    }
                }
            )
        return cleaned

    def decide(self, by: User) -> None:
        """Save what was chosen, with who and when if it is a decision about offering."""
        language = self.instance
        is_offered, decision = language.is_offered, language.decision
        language.is_offered = bool(self.initial.get("is_offered"))
        language.decision = self.initial.get("decision", "")
        language.save()
        if self._is_new_decision and is_offered:
            offer(language=language.code, by=by, decision=decision)
        elif self._is_new_decision and self.initial.get("is_offered"):
            withdraw(language=language.code, by=by)

    @property
    def _is_new_decision(self) -> bool:
        return not {"is_offered", "decision"}.isdisjoint(self.changed_data)
