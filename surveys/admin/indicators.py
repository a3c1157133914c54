"""Indicators of a survey: what is counted as its headline figures, by which formula, towards which target."""

import logging
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from kombu.exceptions import OperationalError

from cxportal.organisation.admin_base import TranslatedAdmin, name_in_every_language
from cxportal.organisation.models import Role
from cxportal.organisation.texts import text_of
from surveys import indicators, publishing, tasks
from surveys.models import Indicator, Survey

logger = logging.getLogger(__name__)
CX_TEAM = (Role.CX_TEAM,)
READERS = (Role.CX_TEAM, Role.MANAGER)
EXPIRES_SECONDS = 3600
LONGEST_LABEL = 90


def count_soon() -> None:
    """Waves that have begun count what was changed; if the queue does not answer, the next hour does."""
    try:
        tasks.count_indicators.apply_async(retry=False, expires=EXPIRES_SECONDS)
    except (OperationalError, OSError):
        logger.warning("The queue does not answer; indicators are counted within the hour.")


def content_to_count(survey: Survey) -> dict[str, Any]:
    """The newest version; before the first one, the questionnaire as it is written now."""
    version = survey.versions.order_by("-number").first()
    return version.content if version else publishing.content_of(survey)


class IndicatorForm(forms.ModelForm):
    questions = forms.MultipleChoiceField(
        label=gettext_lazy("Questions"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("code", "values"):
            if name in self.fields:
                self.fields[name].widget.attrs["dir"] = "ltr"
        self.content = content_to_count(self.instance.survey) if self.instance.pk else None
        if self.content is None:
            self.fields.pop("questions", None)
        elif "questions" in self.fields:
            cast(forms.MultipleChoiceField, self.fields["questions"]).choices = questions_to_choose(
                self.content
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.content is not None and cleaned.get("questions") is not None:
            of_this = {name: cleaned[name] for name in ("code", *COUNTED) if name in cleaned}
            asked = Indicator(**({"code": self.instance.code} | of_this))
            for fault in indicators.faults_in(asked, self.content):
                self.add_error(None, fault)
        return cleaned


COUNTED = ("formula", "questions", "favourable", "values")


def questions_to_choose(content: dict[str, Any]) -> list[tuple[str, str]]:
    """(code, code and words) of everything that an indicator may be made of."""
    source, words = content["source"], {}
    for question in publishing.questions_in(content):
        words[question["code"]] = question["text"].get(source, "")
        for part in [*question.get("items", []), *question.get("choices", [])]:
            words[f"{question['code']}.{part['code']}"] = part["text"].get(source, "")
    return [
        (code, f"{code}: {words.get(code, '')[:LONGEST_LABEL]}") for code in indicators.askable_in(content)
    ]


@admin.register(Indicator)
class IndicatorAdmin(TranslatedAdmin):
    description = gettext_lazy(
        "Headline figures of a survey: which questions, which formula, which target. Waves that have begun count a "
        "new or changed indicator within the hour."
    )
    icon = "chart"
    empty_text = gettext_lazy("Add the first figure that managers should see at the top of the results.")
    roles_view = READERS
    roles_add = roles_change = roles_delete = CX_TEAM
    form = IndicatorForm
    list_display = ["name_shown", "survey_shown", "formula", "questions_shown", "target_shown"]
    numeric = ("target_shown",)
    list_filter = ["survey", "formula"]
    list_select_related = ["survey"]
    search_fields = ["code", *name_in_every_language()]
    actions = None

    @admin.display(description=gettext_lazy("indicator"), ordering="code")
    def name_shown(self, indicator) -> str:
        name = text_of(indicator, "name")
        return format_html(
            '<span lang="{}" dir="{}">{}</span><small><code class="cx-code">{}</code></small>',
            *(name.language, name.direction, name.text or indicator.code, indicator.code),
        )

    @admin.display(description=gettext_lazy("survey"), ordering="survey__code")
    def survey_shown(self, indicator) -> str:
        title = text_of(indicator.survey, "title", indicator.survey.source_language)
        return format_html('<span lang="{}" dir="{}">{}</span>', title.language, title.direction, title.text)

    @admin.display(description=gettext_lazy("questions"))
    def questions_shown(self, indicator) -> str:
        if not indicator.questions:
            return format_html('<span class="cx-state is-bad">{}</span>', _("none yet"))
        return format_html('<code class="cx-code">{}</code>', " ".join(indicator.questions))

    @admin.display(description=gettext_lazy("target"), ordering="target")
    def target_shown(self, indicator) -> str:
        if indicator.target is None:
            return "–"
        return f"{indicator.target:g} %" if indicator.is_share else f"{indicator.target:g}"

    # ---------- the form ----------

    def get_fieldsets(self, request, obj=None):
        name = (_("Name"), {"fields": self.replace_orig_field(["name"])})
        if obj is None:
            return [name, (_("Figure"), {"fields": ["survey", ("code", "formula")]})]
        return [
            name,
            (_("Figure"), {"fields": ["survey", ("code", "formula"), "questions"]}),
            (_("What is favourable, for shares"), {"fields": ["favourable", "values"]}),
            (_("Target"), {"fields": [("target", "high_is_good"), "position"]}),
        ]

    def get_readonly_fields(self, request, obj=None):
        fields = list(super().get_readonly_fields(request, obj))
        return [*fields, "survey", "code"] if obj else fields

    def get_form(self, request, obj=None, change=False, **kwargs):
        if obj and not self.has_change_permission(request, obj):
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, change=change, **kwargs)

    def response_add(self, request, obj, post_url_continue=None):
        messages.success(request, _("The indicator is there. Now choose its questions."))
        return HttpResponseRedirect(reverse("admin:surveys_indicator_change", args=[obj.pk]))

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        transaction.on_commit(count_soon)

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        transaction.on_commit(count_soon)
