"""Surveys from files and to files: looked through first, with a report on everything that changes on the way."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cxportal.languages import LANGUAGES, KnownLanguage
from surveys.interchange import held_files, media_files, translation_sheet, xlsform_writer
from surveys.interchange.formats import ENDINGS, read_form
from surveys.interchange.forms import Entry, Form, Refused, Report, Verdict, What
from surveys.interchange.language_names import LEFT_OUT, WITHOUT_NAME
from surveys.interchange.sheets import MOST_BYTES
from surveys.interchange.taking_in import take_in
from surveys.models import SurveyImport

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class FilesField(forms.FileField):
    widget = SeveralFiles

    def clean(self, data, initial=None):
        return [super(FilesField, self).clean(one, initial) for one in data or []]


class FileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "XLSForm (.xlsx, .xls) or LimeSurvey (.lss), also in a ZIP archive with its pictures; at most 20 MB."
        ),
        widget=forms.FileInput(attrs={"accept": ",".join((*ENDINGS, ".zip"))}),
        max_length=200,
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 20 MB."))
        return file


class FormWithMedia(FileForm):
    media_files = FilesField(
        label=gettext_lazy("Pictures and recordings that the form names"),
        help_text=gettext_lazy("Single files or a ZIP archive, at most 60 MB. May be left out."),
        widget=SeveralFiles(attrs={"accept": "image/*,audio/*,.zip"}),
        required=False,
    )

    def clean_media_files(self) -> dict[str, bytes]:
        files = self.cleaned_data["media_files"]
        if sum(file.size for file in files) > media_files.MOST_BYTES:
            raise forms.ValidationError(_("The files are larger than 60 MB."))
        try:
            return media_files.gathered((file.name, file.read()) for file in files)
        except Refused as error:
            raise forms.ValidationError(error.faults) from error


class TranslationsForm(FileForm):
    has_read = forms.BooleanField(
        label=gettext_lazy("I have read all translations in this file"), required=False
    )
    overwrite = forms.BooleanField(
        label=gettext_lazy(
            "Put the texts of the file also in the place of those that were changed here meanwhile"
        ),
        required=False,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _(
            "The spreadsheet that was downloaded here, with what was translated in it."
        )
        self.fields["file"].widget.attrs["accept"] = ".xlsx"


class LanguageField(NamedTuple):
    """Which language a name in the file means."""

    name: str
    label: str
    chosen: str
    is_sure: bool


class Shown(NamedTuple):
    """A report as its page shows it."""

    report: Report
    counts: dict[str, int]
    groups: list[tuple[str, list[Entry]]]
    missing: list[tuple[KnownLanguage, list[str]]]


def shown(report: Report) -> Shown:
    groups = [
        (_("Questions that were left out"), report.of(Verdict.DROPPED, What.QUESTION)),
        (_("Questions that were changed"), report.of(Verdict.CHANGED, What.QUESTION)),
        (_("What else was left out: conditions, rules, settings"), report.of(Verdict.DROPPED, What.REST)),
        (_("What else was changed"), report.of(Verdict.CHANGED, What.REST)),
    ]
    missing = [(LANGUAGES[code], codes) for code, codes in report.missing.items() if code in LANGUAGES]
    return Shown(report, report.counts(), [(title, rows) for title, rows in groups if rows], missing)


def said_in(posted: Mapping[str, str]) -> dict[str, str]:
    """Name of a language in the file -> code, as chosen on the page."""
    said = {}
    for number in range(len(posted)):
        label, code = posted.get(f"label-{number}"), posted.get(f"language-{number}", "")
        if label is not None and (code in LANGUAGES or code == LEFT_OUT):
            said[label or WITHOUT_NAME] = code
    return said


class WithInterchange:
    """For the admin of surveys: import, export, translations as a spreadsheet."""

    def get_urls(self):
        pages = [
            ("import/", self.import_view, "import"),
            ("<int:survey_id>/imported/", self.imported_view, "imported"),
            ("<int:survey_id>/xlsform/", self.xlsform_view, "xlsform"),
            ("<int:survey_id>/translations/", self.translations_view, "translations"),
            ("<int:survey_id>/translations/file/", self.translations_file_view, "translations_file"),
        ]
        own = [
            path(address, self.admin_site.admin_view(view), name=f"surveys_survey_{name}")
            for address, view, name in pages
        ]
        return own + super().get_urls()

    # ---------- in ----------

    def import_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method == "POST" and request.POST.get("held"):
            return self._decide(request)
        form = FormWithMedia(request.POST or None, request.FILES or None)
        faults: list[str] = []
        if request.method == "POST" and form.is_valid():
            file, media = form.cleaned_data["file"], form.cleaned_data["media_files"]
            try:
                name, content, beside = media_files.form_apart(file.name, file.read())
                media = beside | media
                read, report = self._look_through(name, content, {}, media)
            except Refused as error:
                faults = error.faults
            else:
                signs = [held_files.hold(name, content, by=request.user)]
                if media:
                    signs.append(held_files.hold("media.zip", media_files.packed(media), by=request.user))
                return self._check_page(request, signs, read, report)
        return self._list_page(request, "import", form=form, faults=faults)

    def _look_through(
        self, name: str, content: bytes, said: dict[str, str], media: Mapping[str, bytes]
    ) -> tuple[Form, Report]:
        """Everything as in earnest, and then taken back."""
        read, report = read_form(name, content, said)
        with transaction.atomic():
            take_in(read, report, by=None, media=media)
            transaction.set_rollback(True)
        return read, report

    def _decide(self, request: HttpRequest) -> HttpResponse:
        signs = request.POST.getlist("held")[:2]
        if request.POST.get("do") == "give_up":
            _let_go(signs)
            messages.success(request, _("The file was thrown away. Nothing was taken from it."))
            return HttpResponseRedirect(reverse("admin:surveys_survey_import"))
        found = [held_files.held(sign, by=request.user) for sign in signs]
        if None in found:
            messages.warning(request, _("This file does not wait any more. Choose it again."))
            return HttpResponseRedirect(reverse("admin:surveys_survey_import"))
        (name, content), *beside = (one for one in found if one)
        said = said_in(request.POST)
        try:
            media = media_files.gathered(beside)
            if request.POST.get("do") != "import":
                return self._check_page(request, signs, *self._look_through(name, content, said, media))
            read, report = read_form(name, content, said)
            survey = take_in(read, report, by=request.user, media=media)
        except Refused as error:
            return self._list_page(request, "import", form=FormWithMedia(), faults=error.faults)
        _let_go(signs)
        self.log_addition(request, survey, [{"added": {}}])
        messages.success(request, _("The survey was imported. Read through what changed on the way."))
        return HttpResponseRedirect(reverse("admin:surveys_survey_imported", args=[survey.pk]))

    def _check_page(
        self, request: HttpRequest, signs: list[str], read: Form, report: Report
    ) -> TemplateResponse:
        fields = [
            LanguageField(str(number), found.label, found.code or LEFT_OUT, found.is_sure)
            for number, found in enumerate(report.languages)
        ]
        return self._list_page(
            request,
            "import_check",
            held=signs,
            shown=shown(report),
            title_read=read.title.get(read.source) or read.code,
            source=LANGUAGES[read.source],
            fields=fields,
            languages=list(LANGUAGES.values()),
            left_out=LEFT_OUT,
        )

    def _list_page(self, request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
        request.current_app = self.admin_site.name
        context |= {"opts": self.opts, "title": _("Import a survey")}
        return TemplateResponse(
            request, f"admin/surveys/survey/{template}.html", self.admin_site.each_context(request) | context
        )

    def imported_view(self, request: HttpRequest, survey_id: int) -> HttpResponse:
        survey = self._survey(request, survey_id)
        found = SurveyImport.objects.select_related("imported_by").filter(survey=survey).first()
        if found is None:
            raise Http404
        report = Report.from_json(found.report)
        return self._page(request, survey, "imported", "questions", one=found, shown=shown(report))

    # ---------- out ----------

    def xlsform_view(self, request: HttpRequest, survey_id: int) -> HttpResponse:
        survey = self._survey(request, survey_id)
        return _workbook(xlsform_writer.write(survey), f"{survey.code}.xlsx")

    def translations_file_view(self, request: HttpRequest, survey_id: int) -> HttpResponse:
        survey = self._survey(request, survey_id, to_change=True)
        return _workbook(translation_sheet.write(survey), f"{survey.code}-translations.xlsx")

    def translations_view(self, request: HttpRequest, survey_id: int) -> HttpResponse:
        survey = self._survey(request, survey_id, to_change=True)
        form = TranslationsForm(request.POST or None, request.FILES or None)
        faults: list[str] = []
        outcome = None
        if request.method == "POST" and form.is_valid():
            try:
                outcome = translation_sheet.read(
                    survey,
                    form.cleaned_data["file"].read(),
                    by=request.user,
                    has_read=form.cleaned_data["has_read"],
                    overwrite=form.cleaned_data["overwrite"],
                    check=request.POST.get("do") != "import",
                )
            except Refused as error:
                faults = error.faults
        languages = _outcome_by_language(outcome) if outcome else []
        return self._page(
            request,
            survey,
            "translations",
            "translate",
            form=form,
            faults=faults,
            outcome=outcome,
            languages=languages,
            is_written=request.POST.get("do") == "import",
        )


def _outcome_by_language(outcome: translation_sheet.Outcome) -> list[tuple[KnownLanguage, list[str], int]]:
    codes = [code for code in LANGUAGES if code in outcome.changed or code in outcome.read]
    return [(LANGUAGES[code], outcome.changed.get(code, []), outcome.read.get(code, 0)) for code in codes]


def _let_go(signs: list[str]) -> None:
    for sign in signs:
        held_files.let_go(sign)


def _workbook(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=WORKBOOK)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
