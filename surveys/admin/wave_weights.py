"""The page of a wave where margins are entered and weighting runs are shown, used or put aside."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError

from cxportal.languages import LANGUAGES
from cxportal.organisation.models import Channel, Unit
from cxportal.organisation.texts import text_of
from surveys import publication_making, tasks, weighting
from surveys.admin.wave_form import BREAKDOWN_LABELS
from surveys.breakdowns import ATTRIBUTE, QUESTION, TIMES
from surveys.models import Mode, Publication, Wave, WeightingRun
from surveys.weighting import CannotWeigh, MarginGiven


class Group(NamedTuple):
    """One cell of a margin and the name of its box in the form."""

    breakdown: str
    cell: str
    field: str
    label: str


class MarginsForm(forms.Form):
    """How many people there are in each group. An empty box: this group keeps its share."""

    source = forms.CharField(
        label=gettext_lazy("Where the numbers come from"),
        max_length=200,
        help_text=gettext_lazy("For example: register of permits, 1 January 2026."),
    )
    lowest = forms.FloatField(
        label=gettext_lazy("Lowest weight"), required=False, min_value=0.01, max_value=0.99
    )
    highest = forms.FloatField(
        label=gettext_lazy("Highest weight"), required=False, min_value=1.01, max_value=100
    )

    def __init__(self, data, *, groups: Sequence[Group]):
        super().__init__(data, initial={"lowest": weighting.LOWEST, "highest": weighting.HIGHEST})
        self.groups = groups
        for group in groups:
            field = forms.FloatField(label=group.label, required=False, min_value=0, max_value=1e10)
            field.widget.attrs["inputmode"] = "decimal"
            self.fields[group.field] = field

    @property
    def tables(self) -> list[tuple[str, list[Any]]]:
        """(breakdown in words, boxes of its groups)."""
        by_breakdown: dict[str, list[Any]] = {}
        for group in self.groups:
            by_breakdown.setdefault(group.breakdown, []).append(self[group.field])
        return [(words_for(name), boxes) for name, boxes in by_breakdown.items()]

    def margins(self) -> list[MarginGiven]:
        numbers: dict[str, dict[str, float]] = {}
        for group in self.groups:
            number = self.cleaned_data[group.field]
            if number is not None:
                numbers.setdefault(group.breakdown, {})[group.cell] = number
        return [MarginGiven(tuple(name.split(TIMES)), population) for name, population in numbers.items()]


class WeightingPages:
    """For the ModelAdmin of waves."""

    admin_site: Any

    def get_urls(self):
        def page(address, view, name):
            view = self.admin_site.admin_view(view)
            return path(f"<int:wave_id>/weights/{address}", view, name=f"surveys_wave_{name}")

        return [
            page("", self.weights_view, "weights"),
            page("<int:run_id>/<slug:verb>/", self.use_weights_view, "use_weights"),
            *super().get_urls(),
        ]

    def weights_view(self, request: HttpRequest, wave_id: int) -> HttpResponse:
        wave = self._wave(request, wave_id)
        offered = [*wave.breakdowns, *(TIMES.join(pair) for pair in wave.pairs)]
        chosen = [name for name in request.GET.getlist("by") if name in offered]
        form, faults = None, ""
        if chosen and wave.state == Wave.State.CLOSED:
            if not self.has_change_permission(request, wave):
                raise PermissionDenied
            form = MarginsForm(request.POST or None, groups=groups_of(wave, chosen))
            if request.method == "POST" and form.is_valid():
                try:
                    return self._weighed(request, wave, form)
                except CannotWeigh as error:
                    faults = str(error)
        return self._page(
            request,
            wave,
            "weights",
            "weights",
            form=form,
            faults=faults,
            chosen=chosen,
            offered=[(name, words_for(name), name in chosen) for name in offered],
            runs=[run_in_words(run) for run in wave.weighting_runs.all()],
        )

    def _weighed(self, request: HttpRequest, wave: Wave, form: MarginsForm) -> HttpResponse:
        run = weighting.ask(
            wave=wave,
            margins=form.margins(),
            lowest=form.cleaned_data["lowest"],
            highest=form.cleaned_data["highest"],
            source=form.cleaned_data["source"],
            by=request.user,
        )
        self.log_change(request, wave, f"weights {run.number}")
        transaction.on_commit(lambda: weigh_soon(run.pk))
        messages.success(
            request,
            _(
                "Run %(number)d is being worked out. When it is ready, look at what it costs before you use it."
            )
            % {"number": run.number},
        )
        return HttpResponseRedirect(reverse("admin:surveys_wave_weights", args=[wave.pk]))

    @method_decorator(require_POST)
    def use_weights_view(self, request: HttpRequest, wave_id: int, run_id: int, verb: str) -> HttpResponse:
        wave = self._wave(request, wave_id, to_change=True)
        run = wave.weighting_runs.ready().filter(pk=run_id).first()
        act = {"use": weighting.use, "put-aside": weighting.put_aside}.get(verb)
        if run is None or act is None:
            raise Http404
        act(run=run, by=request.user)
        self.log_change(request, wave, f"weights {run.number}: {verb}")
        made = publication_making.show_weights(wave=wave, by=request.user)
        messages.success(request, _used_in_words(run, made) if verb == "use" else _put_aside_in_words(run))
        return HttpResponseRedirect(reverse("admin:surveys_wave_weights", args=[wave.pk]))


def weigh_soon(run_id: int) -> None:
    """If the queue does not answer, the clock has it done within a minute."""
    try:
        tasks.weigh.apply_async(args=[run_id], retry=False, expires=3600)
    except (OperationalError, OSError):
        return


def _used_in_words(run: WeightingRun, made: Publication | None) -> str:
    words = {"number": run.number, "publication": made.number if made else 0}
    if made is None:
        return (
            _(
                "Weighted figures of run %(number)d stand beside the unweighted ones once the results of the closed wave are published."
            )
            % words
        )
    if made.content["weighted"]["indicators"]:
        return (
            _(
                "Weighted figures of run %(number)d stand beside the unweighted ones in publication %(publication)d."
            )
            % words
        )
    return (
        _(
            "Run %(number)d is in use, but no weighted figure is shown: with it a small group could be worked out. Weight by groups that are all shown."
        )
        % words
    )


def _put_aside_in_words(run: WeightingRun) -> str:
    return _("Run %(number)d is put aside.") % {"number": run.number}


class RunShown(NamedTuple):
    run: WeightingRun
    margins: list[str]
    lost_percent: int
    """Of the answers' weight of evidence, what weighting costs."""
    off_percent: float


def run_in_words(run: WeightingRun) -> RunShown:
    return RunShown(
        run,
        [words_for(TIMES.join(margin["breakdowns"])) for margin in run.margins],
        round(100 * (1 - run.effective_n / run.n)) if run.n else 0,
        round(100 * run.distance, 1),
    )


def groups_of(wave: Wave, names: Sequence[str]) -> list[Group]:
    """The groups large enough to be weighted by, in the order of their names."""
    units = dict.fromkeys(wave.unit_paths)
    found = []
    for name in names:
        parts = tuple(name.split(TIMES))
        cells = sorted(
            cell
            for cell, n in weighting.cells_of(wave, parts).items()
            if cell != weighting.NOT_STATED and n >= wave.threshold
        )
        if "unit" in parts:
            codes = {code for cell in cells for code in cell.split(TIMES)}
            units |= {unit.code: text_of(unit, "name").text for unit in Unit.objects.filter(code__in=codes)}
        for cell in cells:
            label = f" {TIMES} ".join(
                _cell_in_words(part, own, units) for part, own in zip(parts, cell.split(TIMES), strict=True)
            )
            found.append(Group(name, cell, f"n{len(found)}", label))
    return found


def words_for(name: str) -> str:
    parts = [
        str(BREAKDOWN_LABELS.get(part, part.removeprefix(QUESTION).removeprefix(ATTRIBUTE)))
        for part in name.split(TIMES)
    ]
    return f" {TIMES} ".join(parts)


def _cell_in_words(breakdown: str, cell: str, units: dict[str, Any]) -> str:
    if breakdown == "unit":
        return units.get(cell) or cell
    if breakdown == "language" and cell in LANGUAGES:
        return LANGUAGES[cell].native_name
    labels = {"mode": Mode, "channel": Channel}.get(breakdown)
    return str(labels(cell).label) if labels and cell in labels.values else cell
