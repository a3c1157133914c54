"""The form of one question, with its choices or the things it asks to rate, and the list of all questions."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from csp.constants import SELF
from csp.decorators import csp_update
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.db.models import Max
from django.forms.models import BaseInlineFormSet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from modeltranslation.utils import build_localized_fieldname

from cxportal.languages import LANGUAGES, SOURCE
from cxportal.organisation.admin_base import ScopedInline, name_in_every_language
from cxportal.organisation.models import Channel, Language, Role
from cxportal.organisation.texts import text_in, text_of, texts_of
from surveys import editing, scales
from surveys.admin.clips import ClipsForm, clips_forms
from surveys.admin.shown_if import ShownIf, answerable_before
from surveys.admin.texts import AdminWithTexts, TextField, WithTexts, fields_in, panels_of, text_columns
from surveys.models import Choice, Item, OwnScale, Part, Question, Survey
from surveys.translating import lines_of_question

CX_TEAM = (Role.CX_TEAM,)
READERS = (Role.CX_TEAM, Role.MANAGER)
MAY_DECLARE = {Question.Kind.SINGLE, Question.Kind.MULTIPLE}
SORTS_COMMENTS = (Question.Kind.RATING, Question.Kind.YES_NO, Question.Kind.THUMBS)


class Facts(NamedTuple):
    """What every part of the form asks about the question, looked up once."""

    languages: list[str]
    """The source, what is offered, and what the texts of the question have begun."""
    frozen: dict[str, set[str]]
    """The codes of the last version."""


def facts_of(question: Question) -> Facts:
    if not hasattr(question, "cx_facts"):
        lines = lines_of_question(question)
        begun = [code for code in LANGUAGES if any(line.text(code) for line in lines)]
        languages = list(dict.fromkeys([question.survey.source_language, *Language.offered(), *begun]))
        question.cx_facts = Facts(languages, editing.frozen_codes(question.survey))
    return question.cx_facts


# ---------- choices and things to rate ----------


class RowForm(forms.ModelForm):
    """A code left empty is made from the text."""

    source = SOURCE

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "code" in self.fields:
            self.fields["code"].required = False
            self.fields["code"].widget.attrs |= {"dir": "ltr", "size": 12}

    @property
    def cells(self) -> list[tuple[Any, list[TextField]]]:
        """The text in each language, for the cell that the language tabs switch."""
        return [(LANGUAGES[code], fields_in(self, self.source, code)) for code in self.languages]

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        return code or self.instance.code

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        column = build_localized_fieldname("text", self.source)
        if self.has_changed() and column in self.fields and not cleaned.get(column):
            self.add_error(column, _("Write the text in the language of the survey first."))
        return cleaned


class RowFormSet(BaseInlineFormSet):
    """Gives new rows their code and puts them at the end."""

    source = SOURCE

    def clean(self) -> None:
        taken = {form.cleaned_data.get("code") for form in self.forms if hasattr(form, "cleaned_data")} - {
            "",
            None,
        }
        for form in self.forms:
            data = getattr(form, "cleaned_data", None)
            if data and form.has_changed() and not data.get("code") and not data.get("DELETE"):
                text = data.get(build_localized_fieldname("text", self.source)) or ""
                code = editing.code_from(text, taken, fallback=self.model._meta.model_name)
                form.instance.code = data["code"] = code
                taken.add(code)
        super().clean()

    def save_new(self, form, commit=True):
        last = self.model.objects.filter(question=self.instance).aggregate(last=Max("position"))["last"] or 0
        self._added = getattr(self, "_added", 0) + 1
        form.instance.position = last + self._added if not commit else last + 1
        return super().save_new(form, commit)


class RowInline(WithTexts, ScopedInline):
    roles_view = READERS
    roles_add = roles_change = roles_delete = CX_TEAM
    form = RowForm
    formset = RowFormSet
    template = "admin/surveys/question/rows.html"
    extra = 1
    settings: tuple[str, ...] = ()

    def get_fields(self, request, obj=None):
        return ["code", *text_columns(self.model, facts_of(obj).languages), *self.settings_of(obj)]

    def settings_of(self, question: Question) -> list[str]:
        return list(self.settings)

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        formset.source = formset.form.source = obj.survey.source_language
        formset.form.languages = facts_of(obj).languages
        frozen = facts_of(obj).frozen.get(obj.code, set())

        class Rows(formset):
            def add_fields(self, form, index):
                super().add_fields(form, index)
                form.is_frozen = form.instance.code in frozen and bool(form.instance.pk)
                if form.is_frozen and "code" in form.fields:
                    form.fields["code"].disabled = True
                if form.is_frozen and "DELETE" in form.fields:
                    form.fields["DELETE"].help_text = _("Answers to it are kept under its code.")

        Rows.settings = list(self.settings_of(obj))
        return Rows


class ItemInline(RowInline):
    model = Item
    settings = ("topic",)


class ChoiceInline(RowInline):
    model = Choice
    autocomplete_fields = ["unit"]

    def settings_of(self, question):
        declares = [question.fills] if question.fills and question.kind in MAY_DECLARE else []
        excludes = ["is_exclusive"] if question.kind != Question.Kind.RANKING else []
        other = ["asks_for_text"] if question.kind in MAY_DECLARE else []
        return [*declares, *excludes, *other]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "channel":
            return forms.ChoiceField(
                label=db_field.verbose_name, choices=[("", "–"), *Channel.choices], required=False
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)


# ---------- the question itself ----------


def scale_choices(source: str) -> list[tuple[str, str]]:
    ready = [(f"ready:{scale.code}", str(scale.name)) for scale in scales.STANDARD.values()]
    return ready + [(f"own:{scale.pk}", scale.name) for scale in OwnScale.objects.all()]


def points_shown(source: str) -> dict[str, list[str]]:
    """Value of the picker -> the points of that scale in words, low to high."""
    shown = {
        f"ready:{scale.code}": [str(point.label) or point.code for point in scale.points]
        for scale in scales.STANDARD.values()
    }
    for scale in OwnScale.objects.prefetch_related("points"):
        shown[f"own:{scale.pk}"] = [
            text_in(point, "label", source) or point.code for point in scale.points.all()
        ]
    return shown


class QuestionForm(forms.ModelForm):
    scale = forms.ChoiceField(label=gettext_lazy("Scale"), required=False, widget=forms.RadioSelect)
    shown_if_tree = forms.JSONField(
        label=gettext_lazy("Condition in groups"), required=False, widget=forms.Textarea(attrs={"rows": 6})
    )
    answerable: dict = {}
    survey: Survey | None = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        question = self.instance
        source = self.survey.source_language if self.survey else SOURCE
        self.fields["scale"].choices = scale_choices(source)
        self.fields["scale"].initial = (
            f"own:{question.own_scale_id}"
            if question.own_scale_id
            else f"ready:{question.standard_scale or 'faces5'}"
        )
        self.fields["shown_if_tree"].initial = question.shown_if
        self.fields["shown_if_tree"].widget.attrs["dir"] = "ltr"
        self.shown_if = ShownIf(question.shown_if, self.answerable, self.data if self.is_bound else None)
        self.clips: list[ClipsForm] = []
        if question.pk:
            sent = (self.data, self.files) if self.is_bound else (None, None)
            self.clips = clips_forms(question, facts_of(question).languages, *sent)
        if "code" in self.fields:
            self.fields["code"].required = False
            self.fields["code"].widget.attrs["dir"] = "ltr"
            self.fields["code"].help_text = _(
                "Left empty, it is made from the text. It stays after publication."
            )
        if self.survey and build_localized_fieldname("text", source) in self.fields:
            self.fields[build_localized_fieldname("text", source)].required = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        question = self.instance
        if "part" in cleaned:
            question.survey = cleaned["part"].survey
        if not question.survey_id:
            return cleaned
        if "code" in self.fields and not cleaned.get("code"):
            text = cleaned.get(build_localized_fieldname("text", question.survey.source_language)) or ""
            taken = editing.taken_codes(question.survey)
            cleaned["code"] = editing.code_from(text, taken, fallback="question")
        self._take_scale(cleaned)
        if "shown_if-TOTAL_FORMS" in self.data or self.data.get("shown_when"):
            question.shown_if = self.shown_if.read(cleaned.get("shown_if_tree"))
            for fault in self.shown_if.faults:
                self.add_error(None, fault)
        for clips in self.clips:
            if not clips.is_valid():
                self.add_error(
                    None,
                    _("Look at the picture and the recording: %(language)s.")
                    % {"language": clips.language.native_name},
                )
        return cleaned

    def is_multipart(self) -> bool:
        return bool(self.clips)

    def _take_scale(self, cleaned: dict[str, Any]) -> None:
        question = self.instance
        kind, _colon, name = cleaned.get("scale", "").partition(":")
        if kind == "own":
            question.own_scale, question.standard_scale = OwnScale.objects.get(pk=name), ""
        elif kind == "ready":
            question.own_scale, question.standard_scale = None, name
        elif cleaned.get("kind") in Question.WITH_SCALE and not (
            question.own_scale_id or question.standard_scale
        ):
            question.standard_scale = "faces5"

    def validate_unique(self) -> None:
        # the survey is no field of the form, but codes are unique in it
        code = self.cleaned_data.get("code") or self.instance.code
        others = Question.objects.filter(survey=self.instance.survey_id, code=code).exclude(
            pk=self.instance.pk
        )
        if "code" in self.fields and self.instance.survey_id and others.exists():
            self.add_error("code", _("Another question of this survey has this code."))


@admin.register(Question)
class QuestionAdmin(AdminWithTexts):
    description = gettext_lazy(
        "Every question of every survey. New ones are added on the page of their survey."
    )
    icon = "form"
    empty_text = gettext_lazy("Add a survey first; its questions are listed here.")
    roles_view = READERS
    roles_add = roles_change = roles_delete = CX_TEAM
    form = QuestionForm
    change_form_template = "admin/surveys/question/change_form.html"
    delete_confirmation_template = "admin/surveys/question/delete_confirmation.html"
    list_display = ["question_shown", "survey_shown", "kind", "topic"]
    list_filter = ["survey", "kind", "topic"]
    list_select_related = ["survey", "topic"]
    search_fields = ["code", "survey__code", *name_in_every_language("text")]
    ordering = ["survey", "part__position", "position"]
    actions = None

    def get_queryset(self, request):
        return (
            super()
            .get_queryset(request)
            .filter(survey__in=Survey.objects.for_user(request.user))
            .select_related("survey", "part", "own_scale")
        )

    # ---------- the list ----------

    @admin.display(description=gettext_lazy("question"), ordering="code")
    def question_shown(self, question) -> str:
        text = text_of(question, "text", question.survey.source_language)
        return format_html(
            '<span lang="{}" dir="{}">{}</span><small><code class="cx-code">{}</code></small>',
            *(text.language, text.direction, text.text or question.code, question.code),
        )

    @admin.display(description=gettext_lazy("survey"), ordering="survey")
    def survey_shown(self, question) -> str:
        title = text_of(question.survey, "title", question.survey.source_language)
        return format_html(
            '<a href="{}"><span lang="{}" dir="{}">{}</span></a>',
            reverse("admin:surveys_survey_questions", args=[question.survey_id]),
            *(title.language, title.direction, title.text or question.survey.code),
        )

    # ---------- the form ----------

    def get_inlines(self, request, obj):
        if obj is None:
            return []
        if obj.kind == Question.Kind.GRID:
            return [ItemInline]
        return [ChoiceInline] if obj.kind in Question.WITH_CHOICES else []

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            source = (
                self._part_asked_for(request).survey.source_language
                if self._part_asked_for(request)
                else None
            )
            columns = text_columns(Question, [source or SOURCE])
            return [
                (None, {"fields": columns}),
                (_("How it is asked and counted"), {"fields": ["part", ("kind", "code"), "topic"]}),
            ]
        return [
            (None, {"fields": text_columns(Question, facts_of(obj).languages)}),
            (_("How it is asked and counted"), {"fields": self._settings_of(obj)}),
        ]

    def _settings_of(self, question: Question) -> list:
        kind = question.kind
        fields: list = [("kind", "code"), ("topic", "part")]
        if kind != Question.Kind.INFORMATION:
            fields += [("is_required", "offers_not_for_me", "offers_dont_know")]
        if kind in MAY_DECLARE:
            fields.append("fills")
        if kind == Question.Kind.NUMBER:
            fields.append(("low", "high"))
        if kind in Question.TEXTS:
            fields.append(("max_length", "band_of"))
        return fields

    def get_readonly_fields(self, request, obj=None):
        if obj and obj.code in facts_of(obj).frozen:
            return ["code"]
        return []

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        part = self._part_asked_for(request)
        form.survey = obj.survey if obj else part.survey if part else None
        form.answerable = answerable_before(obj, form.survey) if obj else {}
        return form

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        question = self._question_of(request)
        if db_field.name == "band_of" and question:
            kwargs["queryset"] = question.survey.questions.filter(kind__in=SORTS_COMMENTS)
        if db_field.name == "part":
            kwargs["form_class"] = PartField
            kwargs["queryset"] = Part.objects.filter(
                survey__in=[question.survey_id] if question else Survey.objects.for_user(request.user)
            ).select_related("survey")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _question_of(self, request: HttpRequest) -> Question | None:
        pk = request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
        if pk is None or not str(pk).isdecimal():
            return None
        if not hasattr(request, "cx_question"):
            request.cx_question = Question.objects.select_related("survey").filter(pk=pk).first()
        return request.cx_question

    def _part_asked_for(self, request: HttpRequest) -> Part | None:
        pk = request.POST.get("part") or request.GET.get("part") or ""
        if not hasattr(request, "cx_part"):
            surveys = Survey.objects.for_user(request.user)
            request.cx_part = (
                Part.objects.filter(pk=pk, survey__in=surveys).select_related("survey").first()
                if pk.isdecimal()
                else None
            )
        return request.cx_part

    def save_form(self, request, form, change):
        question = super().save_form(request, form, change)
        moved = change and "part" in form.changed_data
        if not change or moved:
            last = question.part.questions.aggregate(last=Max("position"))["last"] or 0
            question.position = last + 1
        return question

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        for clips in form.clips:
            clips.save(form.instance, by=request.user)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        form: AdminForm = context["adminform"]
        survey = form.form.survey
        source = survey.source_language if survey else SOURCE
        languages = facts_of(obj).languages if obj else [source]
        lines = lines_of_question(obj) if obj else []
        fieldsets = list(form)
        context |= {
            "survey": survey,
            "panels": panels_of(form.form, source, languages, lines),
            "texts_fieldset": fieldsets[0],
            "settings_fieldset": fieldsets[1],
            "points": points_shown(source) if obj and obj.kind in Question.WITH_SCALE else {},
            "has_scale": bool(obj) and obj.kind in Question.WITH_SCALE,
            "shown_if": form.form.shown_if,
            "clips": form.form.clips,
            "is_frozen": bool(obj) and obj.code in facts_of(obj).frozen,
            "words_at_most": editing.WORDS_AT_MOST,
            "part_number": _part_number(obj) if obj else 0,
            "moved": request.GET.get("moved", ""),
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    @method_decorator(csp_update({"frame-src": [SELF]}))
    def change_view(self, request, object_id, form_url="", extra_context=None):
        return super().change_view(request, object_id, form_url, extra_context)

    # ---------- after saving ----------

    def response_add(self, request, obj, post_url_continue=None):
        _warn_of_length(request, obj)
        return HttpResponseRedirect(reverse("admin:surveys_question_change", args=[obj.pk]))

    def response_change(self, request, obj):
        _warn_of_length(request, obj)
        if move := request.POST.get("_move"):
            return self._moved(request, obj, move)
        if "_next" in request.POST and (following := _question_after(obj)):
            return HttpResponseRedirect(reverse("admin:surveys_question_change", args=[following.pk]))
        if "_continue" in request.POST:
            return super().response_change(request, obj)
        address = reverse("admin:surveys_survey_questions", args=[obj.survey_id])
        return HttpResponseRedirect(f"{address}#question-{obj.pk}")

    def _moved(self, request: HttpRequest, question: Question, move: str) -> HttpResponse:
        pk, _colon, step = move.partition(":")
        rows = question.items if question.kind == Question.Kind.GRID else question.choices
        row = rows.filter(pk=pk).first() if pk.isdecimal() else None
        if row is None or step not in {"up", "down"}:
            raise Http404
        editing.move_row(row=row, step=step)
        address = reverse("admin:surveys_question_change", args=[question.pk])
        return HttpResponseRedirect(f"{address}?moved={pk}-{step}")

    def delete_view(self, request, object_id, extra_context=None):
        question = self.get_object(request, object_id)
        more = (
            {"dependents": editing.dependents_of([question]), "survey": question.survey} if question else {}
        )
        return super().delete_view(request, object_id, {**more, **(extra_context or {})})

    def response_delete(self, request, obj_display, obj_id):
        messages.success(request, _("The question “%(code)s” was deleted.") % {"code": obj_display})
        return HttpResponseRedirect(reverse("admin:surveys_survey_questions", args=[request.cx_deleted_from]))

    def delete_model(self, request, obj):
        request.cx_deleted_from = obj.survey_id
        super().delete_model(request, obj)


class PartField(forms.ModelChoiceField):
    def label_from_instance(self, part: Part) -> str:
        title = text_of(part, "title", part.survey.source_language).text
        name = _("Part %(number)d") % {"number": part.position}
        return f"{part.survey.code}: {name}" + (f", {title}" if title else "")


def _part_number(question: Question) -> int:
    """Among the pages that ask something, as respondents count them."""
    parts = list(
        question.survey.parts.filter(questions__isnull=False).distinct().values_list("pk", flat=True)
    )
    return parts.index(question.part_id) + 1


def _question_after(question: Question) -> Question | None:
    order = list(question.survey.questions.order_by("part__position", "part", "position", "pk"))
    place = order.index(question) + 1
    return order[place] if place < len(order) else None


def _warn_of_length(request: HttpRequest, question: Question) -> None:
    for code in long_languages(question):
        words = editing.words_in(text_in(question, "text", code), code)
        messages.warning(
            request,
            ngettext(
                "“%(code)s” has %(words)d word in %(language)s. Questions of up to %(most)d words are understood more easily.",
                "“%(code)s” has %(words)d words in %(language)s. Questions of up to %(most)d words are understood more easily.",
                words,
            )
            % {
                "code": question.code,
                "words": words,
                "language": LANGUAGES[code].native_name,
                "most": editing.WORDS_AT_MOST,
            },
        )


def long_languages(question: Question) -> Iterable[str]:
    return [code for code, text in texts_of(question, "text").items() if editing.is_long(text, code)]
