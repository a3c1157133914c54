"""Pages of the CX team: how far each language is read, and reading its texts one beside the other."""

from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from cxportal.languages import LANGUAGES, RESPONDENT_FIRST, KnownLanguage
from cxportal.organisation import coverage
from cxportal.organisation.coverage import Coverage, State
from cxportal.organisation.models import Language, User

TEXTS_ON_A_PAGE = 50
PARTS = {"interface": True, "content": False}


class Entry(NamedTuple):
    language: KnownLanguage
    row: Language | None
    coverage: Coverage


class CoveragePages:
    """For the ModelAdmin of languages: its own pages beside the list."""

    admin_site: Any

    def get_urls(self):
        def view(function):
            return self.admin_site.admin_view(function)

        return [
            path("coverage/", view(require_safe(self.overview)), name="organisation_languages"),
            path("coverage/<slug:code>/", view(require_safe(self.texts)), name="organisation_language_texts"),
            path(
                "coverage/<slug:code>/read/", view(require_POST(self.read)), name="organisation_language_read"
            ),
            *super().get_urls(),
        ]

    def overview(self, request: HttpRequest) -> HttpResponse:
        _only_cx_team(request)
        rows = {row.code: row for row in Language.objects.select_related("decided_by")}
        codes = _in_order(rows)
        counted = {counts.language: counts for counts in coverage.overview(codes)}
        shown = [Entry(LANGUAGES[code], rows.get(code), counted[code]) for code in codes]
        first = {*rows, *RESPONDENT_FIRST}
        return self._page(
            request,
            "organisation/languages.html",
            title=_("Texts and translations"),
            languages=[entry for entry in shown if entry.language.code in first],
            others=[entry for entry in shown if entry.language.code not in first],
        )

    def texts(self, request: HttpRequest, code: str) -> HttpResponse:
        _only_cx_team(request)
        language = _known(code)
        part, state = request.GET.get("part", ""), request.GET.get("state", "")
        every = [
            text for text in coverage.texts(code) if part not in PARTS or text.is_interface is PARTS[part]
        ]
        found = [text for text in every if not state or text.state == state]
        page = Paginator(found, TEXTS_ON_A_PAGE).get_page(request.GET.get("page"))
        counts = coverage.counted_by_state(every)
        return self._page(
            request,
            "organisation/language_texts.html",
            title=language.native_name,
            language=language,
            page=page,
            part=part,
            state=state,
            states=[(choice.value, choice.label, counts[choice]) for choice in State],
            count=len(every),
            unread=[text.digest for text in page if text.state == State.UNREAD],
        )

    def read(self, request: HttpRequest, code: str) -> HttpResponse:
        reader = _only_cx_team(request)
        _known(code)
        single = request.POST.getlist("digest")
        count = coverage.mark_as_read(
            language=code, digests=single or request.POST.getlist("shown"), by=reader
        )
        messages.success(
            request,
            ngettext(
                "%(count)d text is now marked as read by you.",
                "%(count)d texts are now marked as read by you.",
                count,
            )
            % {"count": count},
        )
        address = reverse("admin:organisation_language_texts", args=[code])
        return redirect(f"{address}?{_filters(request)}")

    def _page(self, request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
        request.current_app = self.admin_site.name
        return TemplateResponse(request, template, self.admin_site.each_context(request) | context)


def _only_cx_team(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User) or not user.scope.is_cx_team:
        raise PermissionDenied
    return user


def _known(code: str) -> KnownLanguage:
    if code not in LANGUAGES:
        raise Http404
    return LANGUAGES[code]


def _in_order(rows: dict[str, Language]) -> list[str]:
    """As the installation orders them, then those that are completed first, then all others."""
    chosen = sorted(rows, key=lambda code: (not rows[code].is_offered, rows[code].position, code))
    return list(dict.fromkeys([*chosen, *RESPONDENT_FIRST, *LANGUAGES]))


def _filters(request: HttpRequest) -> str:
    """Back to the same selection; only words of ours are taken over."""
    part, state = request.POST.get("part", ""), request.POST.get("state", "")
    kept = [("part", part if part in PARTS else ""), ("state", state if state in State.values else "")]
    return "&".join(f"{name}={value}" for name, value in kept if value)
