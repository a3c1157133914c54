"""Pages of one survey: its questions in order, title and settings, translations, preview, publication."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from csp.constants import SELF
from csp.decorators import csp_replace, csp_update
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST
from modeltranslation.utils import build_localized_fieldname

from cxportal.languages import LANGUAGES, SOURCE, KnownLanguage
from cxportal.organisation.admin_base import name_in_every_language
from cxportal.organisation.models import Language, Role, TextReading
from cxportal.organisation.texts import reading_digest, text_of
from surveys import editing, offering, publishing, translating
from surveys.admin.contradictions import ContradictionInline
from surveys.admin.interchange import WithInterchange
from surveys.admin.preview import page_of_draft, page_with, pages_of
from surveys.admin.shown_if import in_words
from surveys.admin.texts import AdminWithTexts, panels_of, text_columns
from surveys.conditions import BadCondition
from surveys.models import Change, Choice, Item, Part, Question, Survey, SurveyImport, Version, Wave
from surveys.scales import STANDARD
from surveys.translating import Group, Line, Section

CX_TEAM = (Role.CX_TEAM,)
READERS = (Role.CX_TEAM, Role.MANAGER)
WIDTHS = (390, 820, 1280)
SHOWN_TEXTS = ("missing", "unread")
TEXTS_ON_A_PAGE = 300


class ToQuestions(ChangeList):
    """A survey in the list leads to its questions."""

    def url_for_result(self, result):
        return reverse("admin:surveys_survey_questions", args=[result.pk])


class SurveyForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        source = cleaned.get("source_language") or self.instance.source_language
        title = build_localized_fieldname("title", source)
        if self.instance.pk and not cleaned.get(title) and not getattr(self.instance, title):
            self.add_error(None, _("Write the title in the language the survey is written in."))
        return cleaned

    def _post_clean(self) -> None:
        """A new survey has one box per text; what is typed there is in the language chosen beside it."""
        super()._post_clean()
        survey = self.instance
        if survey.pk is None and survey.source_language != SOURCE:
            for line in translating.lines_of_row(survey):
                setattr(
                    survey, build_localized_fieldname(line.field, survey.source_language), line.text(SOURCE)
                )
                setattr(survey, build_localized_fieldname(line.field, SOURCE), None)


@admin.register(Survey)
class SurveyAdmin(WithInterchange, AdminWithTexts):
    description = gettext_lazy(
        "Questionnaires with their translations. What respondents meet is a published version."
    )
    icon = "form"
    empty_text = gettext_lazy("Write the first questionnaire here, or install a ready-made one.")
    roles_view = READERS
    roles_add = roles_change = roles_delete = CX_TEAM
    form = SurveyForm
    change_form_template = "admin/surveys/survey/change_form.html"
    change_list_template = "admin/surveys/survey/change_list.html"
    list_display = ["title_shown", "version_shown", "questions_counted", "waves_counted"]
    numeric = ("questions_counted", "waves_counted")
    search_fields = ["code", *name_in_every_language("title")]
    autocomplete_fields = ["unit"]
    actions = None

    def get_queryset(self, request):
        rows = super().get_queryset(request).select_related("unit")
        return rows.annotate(
            question_count=_counted(Question), wave_count=_counted(Wave), last_version=_last_version()
        )

    # ---------- the list ----------

    def get_changelist(self, request, **kwargs):
        return ToQuestions

    @admin.display(description=gettext_lazy("survey"), ordering="code")
    def title_shown(self, survey) -> str:
        title = text_of(survey, "title", survey.source_language)
        return format_html(
            '<span lang="{}" dir="{}">{}</span><small><code class="cx-code">{}</code></small>',
            *(title.language, title.direction, title.text or survey.code, survey.code),
        )

    @admin.display(description=gettext_lazy("version"), ordering="last_version")
    def version_shown(self, survey) -> str:
        if survey.last_version:
            words = _("version %(number)d") % {"number": survey.last_version}
            return format_html('<span class="cx-state is-done">{}</span>', words)
        return format_html('<span class="cx-state">{}</span>', _("not published"))

    @admin.display(description=gettext_lazy("questions"), ordering="question_count")
    def questions_counted(self, survey) -> int:
        return survey.question_count

    @admin.display(description=gettext_lazy("waves"), ordering="wave_count")
    def waves_counted(self, survey) -> int:
        return survey.wave_count

    # ---------- title and settings ----------

    def get_fieldsets(self, request, obj=None):
        languages = self._languages(obj)
        return [
            (None, {"fields": text_columns(Survey, languages)}),
            (
                _("Settings"),
                {"fields": [("code", "source_language"), "unit", ("best_first", "offers_simple_mode")]},
            ),
        ]

    def _languages(self, survey: Survey | None) -> list[str]:
        if survey is None:
            return [SOURCE]
        begun = [
            code for code in LANGUAGES if any(line.text(code) for line in translating.lines_of_row(survey))
        ]
        return list(dict.fromkeys([survey.source_language, *Language.offered(), *begun]))

    def get_inlines(self, request, obj):
        return [ContradictionInline] if obj else []

    def get_readonly_fields(self, request, obj=None):
        if obj is None:
            return []
        frozen = ["code", "source_language"] if obj.versions.exists() else []
        return frozen + (["best_first"] if obj.waves.exclude(state="draft").exists() else [])

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        source = obj.source_language if obj else SOURCE
        if field := form.base_fields.get(build_localized_fieldname("title", source)):
            field.required = True
        return form

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        form = context["adminform"].form
        source = obj.source_language if obj else SOURCE
        lines = translating.lines_of_row(obj) if obj else []
        fieldsets = list(context["adminform"])
        context |= {
            "survey": obj or Survey(source_language=source),
            "panels": panels_of(form, source, self._languages(obj), lines),
            "texts_fieldset": fieldsets[0],
            "settings_fieldset": fieldsets[1],
            "step": "settings",
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def response_add(self, request, obj, post_url_continue=None):
        if not obj.parts.exists():
            editing.add_part(survey=obj)
        messages.success(request, _("The survey is there. Now add its questions."))
        return HttpResponseRedirect(reverse("admin:surveys_survey_questions", args=[obj.pk]))

    # ---------- own pages ----------

    def get_urls(self):
        pages = [
            ("questions/", self.questions_view, "questions"),
            ("arrange/", self.arrange_view, "arrange"),
            ("parts/<int:part_id>/delete/", self.delete_part_view, "delete_part"),
            ("duplicate/", self.duplicate_view, "duplicate"),
            ("translate/", self.translate_view, "translate"),
            ("translate/<slug:language>/", self.translate_view, "translate_to"),
            ("preview/", self.preview_view, "preview"),
            ("preview/page/", self.preview_page_view, "preview_page"),
            ("publish/", self.publish_view, "publish"),
        ]
        own = [
            path(
                f"<int:survey_id>/{address}", self.admin_site.admin_view(view), name=f"surveys_survey_{name}"
            )
            for address, view, name in pages
        ]
        return own + super().get_urls()

    def _survey(self, request: HttpRequest, survey_id: int, *, to_change: bool = False) -> Survey:
        survey = self.get_queryset(request).filter(pk=survey_id).first()
        if survey is None or not self.has_view_permission(request, survey):
            raise Http404
        if to_change and not self.has_change_permission(request, survey):
            raise PermissionDenied
        return survey

    def _page(
        self, request: HttpRequest, survey: Survey, template: str, step: str, **context
    ) -> TemplateResponse:
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request,
            f"admin/surveys/survey/{template}.html",
            self.admin_site.each_context(request)
            | {
                "survey": survey,
                "original": survey,
                "opts": self.opts,
                "step": step,
                "may_change": self.has_change_permission(request, survey),
                "title": text_of(survey, "title", survey.source_language).text or survey.code,
            }
            | context,
        )

    def questions_view(self, request: HttpRequest, survey_id: int) -> HttpResponse:
        survey = self._survey(request, survey_id)
        sections = translating.sections_of(survey)
        languages = translating.languages_of(survey, sections)
        return self._page(
            request,
            survey,
            "questions",
            "questions",
            parts=parts_shown(survey, sections, languages),
            moved=request.GET.get("moved", ""),
            last_version=survey.versions.order_by("-number").defer("content").first(),
            was_imported=SurveyImport.objects.filter(survey=survey).exists(),
        )

    @method_decorator(require_POST)
    def arrange_view(self, request: HttpRequest, survey_id: int) -> HttpResponse:
        survey = self._survey(request, survey_id, to_change=True)
        kind, _colon, rest = request.POST.get("do", "").partition(":")
        pk, _colon, verb = rest.partition(":")
        rows = {"question": survey.questions, "part": survey.parts}.get(kind)
        address = reverse("admin:surveys_survey_questions", args=[survey.pk])
        if kind == "add-part":
            part = editing.add_part(survey=survey, title=request.POST.get("title-new", ""))
            return HttpResponseRedirect(f"{address}#part-{part.pk}")
        row = rows.filter(pk=pk).first() if rows and pk.isdecimal() else None
        if row is None:
            raise Http404
        target, moved = arrange(request, row, verb)
        # browsers do not give the focus to a button when the address names another place
        return HttpResponseRedirect(f"{address}{moved or f'#{kind}-{target.pk}'}")

    def delete_part_view(self, request: HttpRequest, survey_id: int, part_id: int) -> HttpResponse:
        survey = self._survey(request, survey_id, to_change=True)
        part = survey.parts.filter(pk=part_id).first()
        if part is None:
            raise Http404
        questions = list(part.questions.select_related("survey"))
        if request.method == "POST":
            part.delete()
            messages.success(request, _("The part with its questions was deleted."))
            return HttpResponseRedirect(reverse("admin:surveys_survey_questions", args=[survey.pk]))
        return self._page(
            request,
            survey,
            "delete_part",
            "questions",
            part=part,
            questions=questions,
            dependents=editing.dependents_of(questions) if questions else [],
        )

    @method_decorator(require_POST)
    def duplicate_view(self, request: HttpRequest, survey_id: int) -> HttpResponse:
        survey = self._survey(request, survey_id)
        if not self.has_add_permission(request):
            raise PermissionDenied
        copy = editing.duplicate_survey(survey=survey)
        self.log_addition(request, copy, [{"added": {}}])
        messages.success(
            request,
            _("This is the copy, a survey of its own. Give it another title and check its questions."),
        )
        return HttpResponseRedirect(reverse("admin:surveys_survey_change", args=[copy.pk]))

    # ---------- translations ----------

    def translate_view(self, request: HttpRequest, survey_id: int, language: str = "") -> HttpResponse:
        survey = self._survey(request, survey_id, to_change=True)
        language = request.GET.get("language") or language
        if language and (language not in LANGUAGES or language == survey.source_language):
            raise Http404
        typed: dict[str, str] = {}
        if language and request.method == "POST":
            saved, typed = self._save_texts(request, survey, language)
            if not saved.refused:
                address = reverse("admin:surveys_survey_translate_to", args=[survey.pk, language])
                return HttpResponseRedirect(f"{address}{_same_page(request.POST)}")
            typed = {place: text for place, text in typed.items() if place in saved.refused}
        sections = translating.sections_of(survey)
        languages = translating.languages_of(survey, sections)
        targets = [code for code in languages if code != survey.source_language]
        language = language or (targets[0] if targets else "")
        if language and language not in targets:
            targets.append(language)
        context = translation_context(request, survey, sections, targets, language, typed)
        return self._page(request, survey, "translate", "translate", **context)

    def _save_texts(
        self, request: HttpRequest, survey: Survey, language: str
    ) -> tuple[translating.Saved, dict[str, str]]:
        typed = {
            name.removeprefix("text:"): value
            for name, value in request.POST.items()
            if name.startswith("text:")
        }
        read = request.POST.getlist("read")
        if "read_all" in request.POST:
            read += [*request.POST.getlist("unread"), *typed]
        saved = translating.save_texts(
            survey=survey,
            language=language,
            texts=typed,
            shown=_fingerprints(request.POST.get("shown", "")),
            read=read,
            by=request.user,
        )
        _say_what_was_saved(request, saved)
        return saved, typed

    # ---------- preview ----------

    @method_decorator(csp_update({"frame-src": [SELF]}))
    def preview_view(self, request: HttpRequest, survey_id: int) -> HttpResponse:
        survey = self._survey(request, survey_id)
        asked = _asked_for(request, survey)
        content = publishing.content_of(survey)
        pages = pages_of(content, simple=asked["simple"])
        width = request.GET.get("width", "")
        return self._page(
            request,
            survey,
            "preview",
            "preview",
            languages=[LANGUAGES[code] for code in offering.languages_in(content, Language.offered())],
            language=LANGUAGES[asked["language"]],
            part=page_with(pages, asked["question"]) or asked["part"],
            parts=range(1, len(pages) + 1),
            simple=asked["simple"],
            widths=WIDTHS,
            width=int(width) if width in map(str, WIDTHS) else WIDTHS[0],
        )

    @method_decorator(xframe_options_sameorigin)
    @method_decorator(csp_replace({"frame-ancestors": [SELF]}))
    def preview_page_view(self, request: HttpRequest, survey_id: int) -> HttpResponse:
        """The page as respondents would meet it if the survey were published now. Only for signed-in staff."""
        survey = self._survey(request, survey_id)
        return page_of_draft(request, survey, **_asked_for(request, survey))

    # ---------- publication ----------

    def publish_view(self, request: HttpRequest, survey_id: int) -> HttpResponse:
        survey = self._survey(request, survey_id, to_change=request.method == "POST")
        if request.method == "POST":
            return self._publish(request, survey)
        return self._page(request, survey, "publish", "publish", **publish_context(survey, {}))

    def _publish(self, request: HttpRequest, survey: Survey) -> HttpResponse:
        kept = {
            name.removeprefix("meaning-"): value == "same"
            for name, value in request.POST.items()
            if name.startswith("meaning-") and value in {"same", "other"}
        }
        before = survey.versions.aggregate(last=Max("number"))["last"]
        try:
            version = publishing.publish(survey=survey, by=request.user, meaning_kept=kept)
        except publishing.CannotPublish as error:
            context = publish_context(survey, kept)
            if isinstance(error, publishing.ChangesNotDeclared):
                context |= {"undeclared": error.codes, "refused": error.faults}
            return self._page(request, survey, "publish", "publish", **context)
        if version.number == before:
            messages.info(
                request, _("Nothing has changed since version %(number)d.") % {"number": version.number}
            )
        else:
            self.log_change(request, survey, f"published version {version.number}")
            messages.success(
                request,
                _(
                    "Version %(number)d is published. Open waves go on with their version; new ones take this one."
                )
                % {"number": version.number},
            )
        return HttpResponseRedirect(reverse("admin:surveys_survey_publish", args=[survey.pk]))


def _counted(model) -> Coalesce:
    rows = model.objects.filter(survey=OuterRef("pk")).order_by().values("survey").annotate(n=Count("pk"))
    return Coalesce(Subquery(rows.values("n")), 0)


def _last_version() -> Subquery:
    rows = Version.objects.filter(survey=OuterRef("pk")).order_by().values("survey")
    return Subquery(rows.annotate(last=Max("number")).values("last"))


# ---------- the page of the questions ----------


class ShownQuestion(NamedTuple):
    number: int
    question: Question
    kind: str
    details: str
    condition: str
    missing: list[KnownLanguage]
    is_long: bool
    languages: int


class ShownPart(NamedTuple):
    number: int
    part: Part
    questions: list[ShownQuestion]


def parts_shown(survey: Survey, sections: list[Section], languages: list[str]) -> list[ShownPart]:
    shown, number = [], 0
    # get_kind_display() asks for the words of every kind, for each question
    kinds = {kind.value: str(kind.label) for kind in Question.Kind}
    targets = [code for code in languages if code != survey.source_language]
    parts = [
        section for section in sections if section.groups and section.groups[0].anchor.startswith("part-")
    ]
    for place, section in enumerate(parts, 1):
        questions = []
        for group in section.groups[1:]:
            number += 1
            questions.append(_shown_question(number, group, survey.source_language, targets, kinds))
        shown.append(ShownPart(place, cast(Part, section.groups[0].row), questions))
    return shown


def _shown_question(
    number: int, group: Group, source: str, targets: list[str], kinds: Mapping[str, str]
) -> ShownQuestion:
    question, lines = cast(Question, group.row), group.lines
    written = [line.texts for line in lines if line.text(source)]
    missing = [LANGUAGES[code] for code in targets if any(code not in texts for texts in written)]
    return ShownQuestion(
        number,
        question,
        kinds[question.kind],
        _details_of(question, len([line for line in lines if line.model in (Choice, Item)])),
        _condition_of(question),
        missing,
        editing.is_long(lines[0].text(source), source),
        len(targets),
    )


def _details_of(question: Question, count: int) -> str:
    """`count`: of its choices, or of the things it asks about."""
    if question.kind in Question.WITH_SCALE:
        name = question.own_scale.name if question.own_scale else STANDARD[question.standard_scale].name
        if question.kind == Question.Kind.GRID:
            words = ngettext("%(count)d thing to rate", "%(count)d things to rate", count) % {"count": count}
            return f"{name}, {words}"
        return str(name)
    if question.kind in Question.WITH_CHOICES:
        return ngettext("%(count)d choice", "%(count)d choices", count) % {"count": count}
    return ""


def _condition_of(question: Question) -> str:
    try:
        condition = question.read_condition()
    except BadCondition as error:
        return str(error)
    return in_words(condition) if condition else ""


def arrange(request: HttpRequest, row: Question | Part, verb: str) -> tuple[Question | Part, str]:
    """Does what a button on the page of the questions says. Returns the row to show, and what gets the focus."""
    kind = row._meta.model_name
    if verb in {"up", "down"}:
        move = editing.move_question if kind == "question" else editing.move_part
        move(**{kind: row}, step=verb)
        return row, f"?moved={kind}:{row.pk}-{verb}"
    if verb == "duplicate" and isinstance(row, Question):
        copy = editing.duplicate_question(question=row)
        messages.success(request, _("The copy has the code “%(code)s”.") % {"code": copy.code})
        return copy, ""
    if verb == "duplicate" and isinstance(row, Part):
        messages.success(request, _("The part was copied; its questions have new codes."))
        return editing.duplicate_part(part=row), ""
    if verb == "rename" and isinstance(row, Part):
        editing.rename_part(part=row, title=request.POST.get(f"title-{row.pk}", ""))
        return row, ""
    raise Http404


# ---------- the page of the translations ----------


class ShownLine(NamedTuple):
    line: Line
    source: str
    text: str
    typed: str | None
    """What was typed but could not be saved."""
    fallback: KnownLanguage
    read: TextReading | None
    is_missing: bool


class ShownGroup(NamedTuple):
    title: str
    anchor: str
    lines: list[ShownLine]


def translation_context(
    request: HttpRequest,
    survey: Survey,
    sections: list[Section],
    targets: list[str],
    language: str,
    typed: dict[str, str],
) -> dict[str, Any]:
    """`typed`: texts that were not saved and stand in their boxes again."""
    source, show = survey.source_language, "" if typed else request.GET.get("show", "")
    progress = translating.progress_of(survey, sections, targets)
    unread = _unread(sections, source, language) if show == "unread" else set()
    kept = [_kept(section, source, language, show, unread) for section in sections] if language else []
    kept = [section for section in kept if section.groups]
    page = Paginator(_paged(kept, typed), 1).get_page(request.GET.get("page"))
    shown_sections = _shown(page.object_list[0] if page.object_list else [], source, language, typed)
    shown = {
        line.line.place: translating.fingerprint(line.source, line.text)
        for _title, groups in shown_sections
        for group in groups
        for line in group.lines
    }
    return {
        "progress": [(LANGUAGES[code], progress[code]) for code in targets],
        "language": LANGUAGES[language] if language else None,
        "here": progress.get(language),
        "source": LANGUAGES[source],
        "sections": shown_sections,
        "shown": json.dumps(shown),
        "show": show,
        "page": page,
        "others": [row for code, row in LANGUAGES.items() if code not in targets and code != source],
    }


def _paged(sections: list[Section], typed: dict[str, str]) -> list[list[Section]]:
    """Whole parts, as many as one can work through at a sitting. Boxes that wait to be saved again stand together."""
    pages: list[list[Section]] = []
    room = 0
    for section in sections:
        lines = list(translating.lines_of([section]))
        if typed and all(line.place not in typed for line in lines):
            continue
        if not pages or (len(lines) > room and not typed):
            pages.append([])
            room = TEXTS_ON_A_PAGE
        pages[-1].append(section)
        room -= len(lines)
    return pages


def _same_page(posted: QueryDict) -> str:
    kept = {"show": posted.get("show"), "page": posted.get("page")}
    known = {
        name: value
        for name, value in kept.items()
        if value in SHOWN_TEXTS or (name == "page" and (value or "").isdecimal())
    }
    return f"?{urlencode(known)}" if known else ""


def _digest_of(line: Line, source: str, language: str) -> str:
    return reading_digest(line.text(source), line.text(language))


def _readings(sections: list[Section], source: str, language: str) -> dict[tuple[str, str], TextReading]:
    digests = [
        _digest_of(line, source, language)
        for line in translating.lines_of(sections)
        if line.text(source) and line.text(language)
    ]
    return translating.readings({language: digests})


def _unread(sections: list[Section], source: str, language: str) -> set[str]:
    """Places of the texts that are there and that nobody has read."""
    read = _readings(sections, source, language)
    return {
        line.place
        for line in translating.lines_of(sections)
        if line.text(language) and (language, _digest_of(line, source, language)) not in read
    }


def _kept(section: Section, source: str, language: str, show: str, unread: set[str]) -> Section:
    """What is left of it when only texts of one kind are shown. Nothing is made for texts of other pages."""

    def is_kept(line: Line) -> bool:
        if show == "missing":
            return _is_missing(line, source, language)
        if show == "unread":
            return line.place in unread
        return True

    groups = []
    for group in section.groups:
        written = [line for line in group.lines if line.text(source) or line.text(language)]
        if lines := [line for line in written if is_kept(line)]:
            groups.append(group._replace(lines=lines))
    return section._replace(groups=groups)


def _is_missing(line: Line, source: str, language: str) -> bool:
    return bool(line.text(source)) and not line.text(language)


def _shown(
    sections: list[Section], source: str, language: str, typed: dict[str, str]
) -> list[tuple[str, list[ShownGroup]]]:
    read = _readings(sections, source, language) if sections else {}
    return [
        (
            section.title,
            [
                ShownGroup(
                    group.title,
                    group.anchor,
                    [_shown_line(line, source, language, read, typed) for line in group.lines],
                )
                for group in section.groups
            ],
        )
        for section in sections
    ]


def _shown_line(line: Line, source: str, language: str, read: dict, typed: dict[str, str]) -> ShownLine:
    original, text = line.text(source), line.text(language)
    fallback = next((code for code in (language, SOURCE, *line.texts) if code in line.texts), language)
    reading = read.get((language, _digest_of(line, source, language))) if text else None
    return ShownLine(
        *(line, original, text, typed.get(line.place), LANGUAGES[fallback], reading),
        is_missing=_is_missing(line, source, language),
    )


def _fingerprints(posted: str) -> dict[str, str]:
    try:
        found = json.loads(posted)
    except ValueError:
        return {}
    return {str(place): str(name) for place, name in found.items()} if isinstance(found, dict) else {}


def _say_what_was_saved(request: HttpRequest, saved: translating.Saved) -> None:
    messages.success(
        request,
        ngettext("%(count)d text saved.", "%(count)d texts saved.", saved.changed) % {"count": saved.changed}
        + " "
        + ngettext("%(count)d marked as read.", "%(count)d marked as read.", saved.read)
        % {"count": saved.read},
    )
    for line in saved.conflicts:
        messages.warning(
            request,
            _(
                "“%(code)s” (%(label)s) was changed by somebody else meanwhile. Theirs was kept; yours still stands in its box. Save again to put yours in its place."
            )
            % {"code": line.code, "label": line.label},
        )
    for line in saved.too_long:
        messages.error(
            request,
            _(
                "“%(code)s” (%(label)s) is longer than %(most)d characters and was not saved. It still stands in its box."
            )
            % {"code": line.code, "label": line.label, "most": line.longest},
        )


# ---------- the preview ----------


def _asked_for(request: HttpRequest, survey: Survey) -> dict[str, Any]:
    language, part = request.GET.get("language", ""), request.GET.get("part", "")
    return {
        "language": language if language in LANGUAGES else survey.source_language,
        "part": int(part) if part.isdecimal() and 0 < int(part) < 10_000 else 1,
        "question": request.GET.get("question", ""),
        "simple": request.GET.get("simple") == "1" and survey.offers_simple_mode,
    }


# ---------- the page of the publication ----------


class Reworded(NamedTuple):
    code: str
    differences: list[tuple[KnownLanguage, str, str]]
    judged: str


def publish_context(survey: Survey, kept: dict[str, bool]) -> dict[str, Any]:
    content = publishing.content_of(survey)
    versions = list(
        survey.versions.select_related("published_by")
        .prefetch_related("changes")
        .annotate(waves_now=Count("waves"))
    )
    before = versions[0].content if versions else None
    every = {question["code"]: False for question in publishing.questions_in(content)}
    changes = publishing.changes_between(before, content, every)
    return {
        "faults": publishing.faults_in(content),
        "changes": [
            (code, Change.Kind(kind).label) for code, kind in changes.items() if kind != Change.Kind.REWORDED
        ],
        "reworded": [
            _reworded(code, before, content, kept)
            for code, kind in changes.items()
            if kind == Change.Kind.REWORDED
        ],
        "is_unchanged": bool(versions) and before == json.loads(json.dumps(content)),
        "languages": offering.readiness_of(survey, content),
        "versions": versions,
        "question_count": len(every),
    }


def _reworded(code: str, before, content, kept: dict[str, bool]) -> Reworded:
    old, new = (
        next(question for question in publishing.questions_in(version) if question["code"] == code)
        for version in (before, content)
    )
    new_words = dict(publishing.words_of(new))
    differences = [
        (LANGUAGES[place[1]], text, new_words.get(place, ""))
        for place, text in publishing.words_of(old)
        if new_words.get(place) != text
    ]
    judged = {True: "same", False: "other"}.get(kept.get(code), "")
    return Reworded(code, differences, judged)
