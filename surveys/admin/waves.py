"""Pages of a wave: its form, how it goes, opening and stopping it, its ways in, and the counts of the facilities."""

from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Q, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from cxportal.languages import LANGUAGES
from cxportal.organisation.admin_base import ScopedAdmin, ScopedInline
from cxportal.organisation.models import Channel, Role
from cxportal.organisation.texts import direction_of, text_of
from surveys import announcing, held, preparing, waves
from surveys.admin.addresses import CONTENT_TYPES, address_of, qr_file, to_read
from surveys.admin.announcement import AnnouncementForm, languages_of
from surveys.admin.wave_form import BREAKDOWN_LABELS, WaveForm, latest_version
from surveys.admin.wave_weights import WeightingPages
from surveys.breakdowns import ATTRIBUTE, QUESTION
from surveys.brought_in import NotOpen, why_not_countable
from surveys.declining import declines_of
from surveys.models import Announcement, Collector, Count, Survey, Wave
from surveys.participation import collectors_with_figures, response_percent, waves_with_figures
from surveys.qr import qr_svg

CX_TEAM = (Role.CX_TEAM,)
READERS = (Role.CX_TEAM, Role.MANAGER)
STATE_LOOKS = {
    Wave.State.DRAFT: "",
    Wave.State.OPEN: "is-open",
    Wave.State.PAUSED: "is-bad",
    Wave.State.CLOSED: "is-done",
}
VERBS = {"open", "schedule", "hold", "pause", "resume", "close"}


class CollectorInline(ScopedInline):
    model = Collector
    roles_view = READERS
    roles_add = roles_change = roles_delete = CX_TEAM
    unit_path = "unit"
    extra = 1
    fields = ["name", "kind", "unit", "service", "channel", "default_language", "expected_per_hour"]
    autocomplete_fields = ["unit"]
    template = "admin/surveys/wave/ways_in.html"
    verbose_name = gettext_lazy("way in")
    verbose_name_plural = gettext_lazy("ways in")

    def has_delete_permission(self, request, obj=None):
        begun = isinstance(obj, Wave) and obj.state != Wave.State.DRAFT
        return not begun and super().has_delete_permission(request, obj)


class ToProgress(ChangeList):
    """A wave that has begun leads to how it goes, one in preparation to its form."""

    def url_for_result(self, result):
        page = "change" if result.state == Wave.State.DRAFT else "progress"
        return reverse(f"admin:surveys_wave_{page}", args=[result.pk])


@admin.register(Wave)
class WaveAdmin(WeightingPages, ScopedAdmin):
    description = gettext_lazy(
        "One run of a survey between two dates. A wave that has begun is stopped, never deleted."
    )
    icon = "wave"
    empty_text = gettext_lazy("Publish a survey first; then a wave takes its answers.")
    roles_view = READERS
    roles_add = roles_change = roles_delete = CX_TEAM
    form = WaveForm
    change_form_template = "admin/surveys/wave/change_form.html"
    list_display = [
        "wave_shown",
        "state_shown",
        "languages_counted",
        "invited_shown",
        "answers_shown",
        "response_shown",
    ]
    numeric = ("languages_counted", "invited_shown", "answers_shown")
    list_filter = ["state", "survey", "unit", "privacy"]
    list_select_related = ["survey", "version"]
    search_fields = ["name", "code", "survey__code"]
    date_hierarchy = "opens_at"
    autocomplete_fields = ["unit"]
    actions = None

    def get_queryset(self, request):
        rows = (
            super()
            .get_queryset(request)
            .select_related("survey", "version", "unit")
            .defer("version__content")
        )
        return waves_with_figures(rows)

    # ---------- the list ----------

    def get_changelist(self, request, **kwargs):
        return ToProgress

    @admin.display(description=gettext_lazy("wave"), ordering="name")
    def wave_shown(self, wave) -> str:
        version = (
            _("Version %(number)d") % {"number": wave.version.number} if wave.version else _("newest version")
        )
        return format_html("{}<small>{} · {}</small>", wave.name, version, wave.get_privacy_display())

    @admin.display(description=gettext_lazy("state, period"), ordering="opens_at")
    def state_shown(self, wave) -> str:
        return format_html("{}<small>{}</small>", state_mark(wave), period_of(wave))

    @admin.display(description=gettext_lazy("languages"))
    def languages_counted(self, wave) -> str:
        return str(len(wave.languages)) if wave.languages else "–"

    @admin.display(description=gettext_lazy("invited"), ordering="invited_count")
    def invited_shown(self, wave) -> str:
        return number_format(wave.invited_count, force_grouping=True) if wave.invited_count else "–"

    @admin.display(description=gettext_lazy("answers"), ordering="answer_count")
    def answers_shown(self, wave) -> str:
        return format_html("<b>{}</b>", number_format(wave.answer_count, force_grouping=True))

    @admin.display(description=gettext_lazy("response"))
    def response_shown(self, wave) -> str:
        share = response_percent(wave)
        if share is None:
            words = _("unknown") if wave.answer_count else _("not yet")
            return format_html('<span class="cx-flat">{}</span>', words)
        return format_html(
            '<div class="cx-rate"><svg class="cx-bar" aria-hidden="true"><rect x="0%" width="{}%" height="100%"/></svg><b>{} %</b></div>',
            *(share, share),
        )

    # ---------- the form ----------

    def get_inlines(self, request, obj):
        return [CollectorInline] if obj else []

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            return [(None, {"fields": ["survey", ("name", "code"), "unit"]})]
        return [
            (_("Wave"), {"fields": [("name", "code"), "unit"]}),
            (_("When"), {"fields": [("opens_at", "closes_at"), "repeat"]}),
            (_("What is promised"), {"fields": ["privacy", ("threshold", "smallest_profile")]}),
        ]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "survey":
            kwargs["queryset"] = Survey.objects.filter(versions__isnull=False).distinct()
            kwargs["help_text"] = _("Only published surveys can be asked.")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_delete_permission(self, request, obj=None):
        begun = obj is not None and (obj.state != Wave.State.DRAFT or obj.privacy_frozen_at)
        return not begun and super().has_delete_permission(request, obj)

    def get_form(self, request, obj=None, change=False, **kwargs):
        if obj and not self.has_change_permission(request, obj):
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, change=change, **kwargs)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj:
            context |= {
                "wave": obj,
                "state_mark": state_mark(obj),
                "period": period_of(obj),
                "step": "settings",
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def response_add(self, request, obj, post_url_continue=None):
        messages.success(
            request, _("The wave is there. Now say when, in which languages, and by which ways in.")
        )
        return HttpResponseRedirect(reverse("admin:surveys_wave_change", args=[obj.pk]))

    # ---------- own pages ----------

    def get_urls(self):
        pages = [
            ("progress/", self.progress_view, "progress"),
            ("counts/", self.counts_view, "counts"),
            ("public-page/", self.announcement_view, "announcement"),
            ("held/", self.held_view, "held"),
            ("held/<int:collector_id>/<slug:verb>/", self.decide_held_view, "decide_held"),
            ("<slug:verb>/now/", self.act_view, "act"),
            ("ways-in/<int:collector_id>/state/", self.collector_state_view, "collector_state"),
            ("ways-in/<int:collector_id>/qr.<slug:kind>", self.qr_view, "qr"),
            ("ways-in/<int:collector_id>/sheet/", self.sheet_view, "sheet"),
        ]
        own = [
            path(f"<int:wave_id>/{address}", self.admin_site.admin_view(view), name=f"surveys_wave_{name}")
            for address, view, name in pages
        ]
        return own + super().get_urls()

    def _wave(self, request: HttpRequest, wave_id: int, *, to_change: bool = False) -> Wave:
        wave = self.get_queryset(request).filter(pk=wave_id).first()
        if wave is None or not self.has_view_permission(request, wave):
            raise Http404
        if to_change and not self.has_change_permission(request, wave):
            raise PermissionDenied
        return wave

    def _page(
        self, request: HttpRequest, wave: Wave, template: str, step: str, **context
    ) -> TemplateResponse:
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request,
            f"admin/surveys/wave/{template}.html",
            self.admin_site.each_context(request)
            | {
                "wave": wave,
                "original": wave,
                "opts": self.opts,
                "step": step,
                "title": wave.name,
                "state_mark": state_mark(wave),
                "period": period_of(wave),
                "may_change": self.has_change_permission(request, wave),
            }
            | context,
        )

    def progress_view(self, request: HttpRequest, wave_id: int) -> HttpResponse:
        wave = self._wave(request, wave_id)
        mine = wave.collectors.for_user(request.user).select_related("unit", "service")
        collectors = list(collectors_with_figures(mine))
        return self._page(
            request,
            wave,
            "progress",
            "progress",
            ways_in=[WayIn(collector, address_of(collector)) for collector in collectors],
            languages=languages_begun(wave, collectors),
            begun=sum(collector.begun_count for collector in collectors),
            held=sum(collector.held_count for collector in collectors),
            states=Collector.State,
        )

    def act_view(self, request: HttpRequest, wave_id: int, verb: str) -> HttpResponse:
        wave = self._wave(request, wave_id, to_change=True)
        if verb not in VERBS:
            raise Http404
        faults: list[str] = []
        if request.method == "POST":
            try:
                return self._done(request, wave, verb)
            except waves.CannotOpen as error:
                faults = error.faults
        elif verb in {"open", "schedule"}:
            faults = _faults_before_opening(wave)
        return self._page(
            request,
            wave,
            "confirm",
            "progress",
            verb=verb,
            faults=faults,
            version=latest_version(wave),
            languages=[LANGUAGES[code] for code in wave.languages],
            breakdowns=[breakdown_in_words(name) for name in wave.breakdowns],
            collectors=list(wave.collectors.all()),
        )

    def _done(self, request: HttpRequest, wave: Wave, verb: str) -> HttpResponse:
        if verb in {"open", "schedule"} and (faults := _faults_before_opening(wave)):
            raise waves.CannotOpen(faults)
        act = {
            "open": waves.open_wave,
            "schedule": preparing.schedule,
            "hold": preparing.hold,
            "pause": waves.pause,
            "resume": waves.resume,
            "close": waves.close_wave,
        }[verb]
        act(wave=wave, by=request.user)
        self.log_change(request, wave, verb)
        messages.success(request, DONE[verb])
        return HttpResponseRedirect(reverse("admin:surveys_wave_progress", args=[wave.pk]))

    # ---------- ways in ----------

    def _collector(self, request: HttpRequest, wave: Wave, collector_id: int) -> Collector:
        collector = wave.collectors.for_user(request.user).filter(pk=collector_id).first()
        if collector is None:
            raise Http404
        return collector

    @method_decorator(require_POST)
    def collector_state_view(self, request: HttpRequest, wave_id: int, collector_id: int) -> HttpResponse:
        wave = self._wave(request, wave_id, to_change=True)
        collector = self._collector(request, wave, collector_id)
        state = request.POST.get("state", "")
        if state not in Collector.State.values:
            raise Http404
        preparing.set_collector_state(collector=collector, state=state, by=request.user)
        self.log_change(request, wave, f"collector {collector.pk}: {state}")
        collector.refresh_from_db(fields=["state"])
        messages.success(
            request,
            _("“%(name)s” is now %(state)s.")
            % {"name": collector.name, "state": collector.get_state_display()},
        )
        return HttpResponseRedirect(
            reverse("admin:surveys_wave_progress", args=[wave.pk]) + f"#way-{collector.pk}"
        )

    def qr_view(self, request: HttpRequest, wave_id: int, collector_id: int, kind: str) -> HttpResponse:
        collector = self._collector(request, self._wave(request, wave_id), collector_id)
        if kind not in CONTENT_TYPES:
            raise Http404
        return HttpResponse(
            qr_file(address_of(collector), kind),
            content_type=CONTENT_TYPES[kind],
            headers={"Content-Disposition": f'attachment; filename="{collector.address}.{kind}"'},
        )

    def sheet_view(self, request: HttpRequest, wave_id: int, collector_id: int) -> HttpResponse:
        """One printed page: the QR code, and the address for whoever has no camera."""
        wave = self._wave(request, wave_id)
        collector = self._collector(request, wave, collector_id)
        languages = wave.languages or [wave.survey.source_language]
        language = request.GET.get("language", "")
        if language not in languages:
            language = collector.default_language if collector.default_language in languages else languages[0]
        address = address_of(collector)
        return TemplateResponse(
            request,
            "admin/surveys/wave/sheet.html",
            {
                "wave": wave,
                "collector": collector,
                "language": language,
                "direction": direction_of(language),
                "languages": [LANGUAGES[code] for code in languages],
                "survey_title": text_of(wave.survey, "title", language),
                "purpose": text_of(wave.survey, "purpose", language),
                "address": to_read(address),
                "qr": qr_svg(address, _("QR code of the address")),
            },
        )

    # ---------- what the public may know ----------

    def announcement_view(self, request: HttpRequest, wave_id: int) -> HttpResponse:
        wave = self._wave(request, wave_id, to_change=request.method == "POST")
        announcement = Announcement.objects.filter(wave=wave).first() or Announcement(wave=wave)
        form = AnnouncementForm(
            request.POST or None,
            announcement=announcement,
            languages=languages_of(wave),
            source=wave.survey.source_language,
        )
        if request.method == "POST" and form.is_valid():
            is_public = form.cleaned_data["is_public"]
            announcing.announce(wave=wave, is_public=is_public, who=form.who, by=request.user)
            self.log_change(request, wave, "public page")
            messages.success(request, _("The page is shown.") if is_public else _("The page is not shown."))
            return HttpResponseRedirect(request.path)
        return self._page(
            request,
            wave,
            "announcement",
            "announcement",
            form=form,
            announcement=announcement,
            address=f"{settings.BASE_URL}{reverse('survey_announcement', args=[wave.code])}",
            declined=declines_of(wave).count(),
        )

    # ---------- held answers ----------

    def held_view(self, request: HttpRequest, wave_id: int) -> HttpResponse:
        wave = self._wave(request, wave_id)
        collectors = list(wave.collectors.for_user(request.user).select_related("unit"))
        numbers = held.waiting(collectors)
        return self._page(
            request,
            wave,
            "held",
            "held",
            ways_in=[(one, numbers[one.pk]) for one in collectors if one.pk in numbers],
            expected=[one for one in collectors if one.people_per_hour],
        )

    def decide_held_view(
        self, request: HttpRequest, wave_id: int, collector_id: int, verb: str
    ) -> HttpResponse:
        wave = self._wave(request, wave_id, to_change=True)
        collector = self._collector(request, wave, collector_id)
        if verb not in HELD_VERBS:
            raise Http404
        number = held.waiting([collector]).get(collector.pk, 0)
        reason = why_not_countable(wave, collector) if verb == "count" else None
        if request.method == "POST" and not reason:
            return self._held_decided(request, wave, collector, verb)
        return self._page(
            request, wave, "decide_held", "held", collector=collector, verb=verb, number=number, reason=reason
        )

    def _held_decided(
        self, request: HttpRequest, wave: Wave, collector: Collector, verb: str
    ) -> HttpResponse:
        decide, words = HELD_VERBS[verb]
        try:
            number = decide(collector=collector, by=request.user)
        except NotOpen as error:
            messages.error(request, str(error))
        else:
            self.log_change(request, wave, f"held answers of way in {collector.pk}: {verb} {number}")
            messages.success(
                request,
                words % {"number": number_format(number, force_grouping=True), "name": collector.name},
            )
        return HttpResponseRedirect(reverse("admin:surveys_wave_held", args=[wave.pk]))

    # ---------- counts ----------

    def counts_view(self, request: HttpRequest, wave_id: int) -> HttpResponse:
        wave = self._wave(request, wave_id)
        collectors = list(wave.collectors.for_user(request.user).select_related("unit"))
        months = preparing.months_of(wave, today=timezone.localdate())
        fields = _count_fields(collectors, months)
        form = CountsForm(request.POST or None, fields=fields, rows=_counts_there(collectors))
        if request.method == "POST" and form.is_valid():
            written, removed = preparing.enter_counts(
                wave=wave, numbers=form.changed_numbers(), by=request.user
            )
            messages.success(
                request,
                _("Saved: %(written)d numbers, %(removed)d taken back.")
                % {"written": written, "removed": removed},
            )
            return HttpResponseRedirect(request.path)
        return self._page(
            request,
            wave,
            "counts",
            "counts",
            form=form,
            table=[
                (month, [(collector, form.cells(collector, month)) for collector in collectors])
                for month in months
            ],
            kinds=list(KINDS.values()),
        )


HELD_VERBS = {
    "count": (
        held.count_all,
        gettext_lazy("Answers of “%(name)s” that are counted now: %(number)s."),
    ),
    "discard": (
        held.discard_all,
        gettext_lazy("Answers of “%(name)s” that were thrown away: %(number)s."),
    ),
}
DONE = {
    "open": gettext_lazy("The wave is open. Answers are taken from now on."),
    "schedule": gettext_lazy("The wave will open by itself on its day."),
    "hold": gettext_lazy("The wave no longer opens by itself."),
    "pause": gettext_lazy("The wave is paused. Visitors read that it goes on later."),
    "resume": gettext_lazy("The wave goes on."),
    "close": gettext_lazy("The wave is closed. The last answers are counted within the hour."),
}


def _faults_before_opening(wave: Wave) -> list[str]:
    wave.version = latest_version(wave)
    faults = waves.faults_in(wave)
    if wave.version is None:
        return faults
    if not wave.languages:
        return [_("Choose the languages of the wave."), *faults]
    return faults


# ---------- figures ----------


class WayIn(NamedTuple):
    collector: Collector
    address: str

    @property
    def has_address(self) -> bool:
        return self.collector.kind in {Collector.Kind.LINK, Collector.Kind.STAFF}

    @property
    def channel(self) -> str:
        return str(Channel(self.collector.channel).label)

    @property
    def readable(self) -> str:
        return to_read(self.address)


def languages_begun(wave: Wave, collectors: list[Collector]) -> list[tuple[Any, int, int]]:
    """(language, people who began, share of the most frequent one in per cent)."""
    rows = (
        Count.objects.filter(collector__in=collectors, kind=Count.Kind.BEGUN)
        .exclude(language="")
        .order_by()
        .values_list("language")
        .annotate(n=Sum("n"))
    )
    found = sorted(((code, n) for code, n in rows if n), key=lambda row: -row[1])
    most = found[0][1] if found else 1
    return [(LANGUAGES.get(code), n, round(100 * n / most)) for code, n in found if code in LANGUAGES]


def state_mark(wave: Wave) -> SafeString:
    words = wave.get_state_display()
    if wave.state == Wave.State.DRAFT and wave.opens_by_itself:
        words = _("opens by itself")
    return format_html('<span class="cx-state {}">{}</span>', STATE_LOOKS[Wave.State(wave.state)], words)


def period_of(wave: Wave) -> str:
    opens, closes = _day(wave.opens_at), _day(wave.closes_at)
    if opens and closes:
        return f"{opens} – {closes}"
    if opens:
        if wave.state == Wave.State.DRAFT:
            return _("opens %(day)s") % {"day": opens}
        return _("since %(day)s") % {"day": opens}
    return _("closes %(day)s") % {"day": closes} if closes else _("no date yet")


def _day(moment) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATE_FORMAT") if moment else ""


def breakdown_in_words(name: str) -> str:
    return str(BREAKDOWN_LABELS.get(name, name.removeprefix(QUESTION).removeprefix(ATTRIBUTE)))


# ---------- the form of the counts ----------


CountKey = tuple[int, str, date]
KINDS = {Count.Kind.ELIGIBLE: gettext_lazy("Eligible"), Count.Kind.OFFERED: gettext_lazy("Invited")}


def _count_fields(collectors: list[Collector], months: list[date]) -> list[CountKey]:
    return [
        (collector.pk, kind, month)
        for month in months
        for collector in collectors
        for kind in preparing.ENTERED
    ]


def _counts_there(collectors: list[Collector]) -> dict[CountKey, int]:
    rows = Count.objects.filter(
        Q(collector__in=collectors, kind__in=preparing.ENTERED, language="", cell="")
        & Q(period_starts_on__isnull=False)
    )
    return {(row.collector_id, row.kind, row.period_starts_on): row.n for row in rows}


class CountsForm(forms.Form):
    """A number per way in, month and kind. An empty box is no number."""

    def __init__(self, data, *, fields: list[CountKey], rows: dict[CountKey, int]):
        super().__init__(data)
        self.keys = {self._name(key): key for key in fields}
        self.rows = rows
        for name, key in self.keys.items():
            self.fields[name] = forms.IntegerField(
                required=False, min_value=0, max_value=10_000_000, initial=rows.get(key)
            )
            self.fields[name].widget.attrs["inputmode"] = "numeric"

    @staticmethod
    def _name(key: CountKey) -> str:
        collector, kind, month = key
        return f"n-{collector}-{kind}-{month:%Y-%m}"

    def cells(self, collector: Collector, month: date) -> list:
        """(label, box) of each kind."""
        return [(KINDS[kind], self[self._name((collector.pk, kind, month))]) for kind in preparing.ENTERED]

    def changed_numbers(self) -> dict[CountKey, int | None]:
        return {
            key: self.cleaned_data[name]
            for name, key in self.keys.items()
            if self.cleaned_data[name] != self.rows.get(key)
        }
