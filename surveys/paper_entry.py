"""Answers from paper or phone, typed in by staff: typed, a part typed again by somebody else, settled, counted.

Everybody works on the batch under a lock, so that two people, or one person clicking twice, do not get in each
other's way.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from math import ceil
from secrets import SystemRandom

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from cxportal.organisation.models import User
from surveys.answering import Fault, Given, Problem, final, number_of, problems_on
from surveys.brought_in import (
    Ballot,
    NotOpen,
    Stack,
    left_out,
    put_in_all,
    shapes_of,
    take_open_or_late,
    why_not_open,
)
from surveys.models import Collector, Mode, PaperBatch, Sheet, Typist, Wave
from surveys.questionnaire import Questionnaire
from surveys.release import forget_deleted_rows

SHARE_TYPED_AGAIN = 0.1
TYPED_AGAIN_AT_LEAST = 5
MOST_SHEETS = 500
LANGUAGE, HELPED = ":language", ":helped"
HELPED_CODES = {"yes": True, "no": False}
"""Two things are typed beside the answers. No code of a question begins with a colon."""

MUST_BE_CORRECTED = {Fault.NO_NUMBER, Fault.OUT_OF_RANGE, Fault.TOO_LONG}
NUMBER = re.compile(r"[\w./-]{1,20}")
State = PaperBatch.State
Look = Typist.Look

_random = SystemRandom()


class NotNow(ValueError):
    """Says in one sentence why this cannot be done to the batch or sheet at the moment."""


# ---------- a batch begins ----------


def collectors_to_type_into(user: User) -> QuerySet[Collector]:
    """Ways in of the kind “paper” of the person's units, where answers are taken now."""
    scope = user.scope
    collectors = Collector.objects.filter(
        kind=Collector.Kind.PAPER, state=Collector.State.OPEN, wave__state=Wave.State.OPEN
    )
    return collectors.filter(scope.units_condition("unit", "manager", "staff"))


def start_batch(*, collector: Collector, by: User, name: str = "") -> PaperBatch:
    collector = Collector.objects.select_related("wave__version").get(pk=collector.pk)
    if collector.kind != Collector.Kind.PAPER:
        raise NotNow(_("Sheets are typed into a way in of the kind “paper” only."))
    if reason := why_not_open(collector.wave, collector):
        raise NotNow(reason)
    return PaperBatch.objects.create(
        collector=collector,
        version_id=collector.wave.version_id,  # type: ignore[misc]
        name=" ".join(name.split())[:120],
    )


def _held(batch: PaperBatch, *states: PaperBatch.State) -> PaperBatch:
    """The batch as it is now, nobody else changing it. Needs a transaction."""
    batch = PaperBatch.objects.select_for_update().get(pk=batch.pk)
    if states and batch.state not in states:
        raise NotNow(
            _("This stack is in another state by now: %(state)s.") % {"state": batch.get_state_display()}
        )
    return batch


# ---------- first typing ----------


@transaction.atomic
def type_sheet(
    *, batch: PaperBatch, number: str, given: Given, by: User, sheet: Sheet | None = None
) -> Sheet:
    """Keep a sheet as it was typed. With `sheet`, its typist corrects it."""
    batch = _held(batch, State.TYPING)
    number = number_on_paper(number)
    others = batch.sheets.exclude(pk=sheet.pk) if sheet else batch.sheets.all()
    if others.filter(number=number).exists():
        raise NotNow(_("A sheet with the number %(number)s is in this stack already.") % {"number": number})
    if sheet:
        return _correct(batch, sheet, number, given, by)
    if others.count() >= MOST_SHEETS:
        raise NotNow(_("This stack is full. Finish it and begin another."))
    _worked(batch, by, Look.FIRST)
    return Sheet.objects.create(batch=batch, number=number, first=given, first_by=by)


def _correct(batch: PaperBatch, sheet: Sheet, number: str, given: Given, by: User) -> Sheet:
    sheet = batch.sheets.get(pk=sheet.pk)
    if sheet.first_by_id != by.pk:
        # who may see the first typing must not be able to type it a second time
        raise NotNow(_("Only the person who typed a sheet may open it again."))
    sheet.number, sheet.first = number, given
    sheet.save(update_fields=["number", "first"])
    return sheet


@transaction.atomic
def remove_sheet(*, sheet: Sheet, by: User) -> None:
    """Of a sheet that was typed by mistake."""
    batch = _held(sheet.batch, State.TYPING)
    if sheet.first_by_id != by.pk:
        raise NotNow(_("Only the person who typed a sheet may open it again."))
    if batch.sheets.filter(pk=sheet.pk).delete()[0]:
        Typist.objects.filter(batch=batch, person=by, look=Look.FIRST).update(sheets=F("sheets") - 1)


def number_on_paper(text: str) -> str:
    """Letters, digits, dot, slash and dash, in one way of writing them. Raises `NotNow`."""
    number = unicodedata.normalize("NFKC", text).strip().upper()
    if not NUMBER.fullmatch(number):
        raise NotNow(_("Type the number printed on the sheet: letters and digits, at most 20."))
    return number


def problems_in(questionnaire: Questionnaire, given: Given) -> list[Problem]:
    """What cannot be stored as it was typed. What is odd but stands on the paper is no problem."""
    every = frozenset(questionnaire.questions)
    return [
        problem
        for page in questionnaire.pages()
        for problem in problems_on(page, given, every)
        if problem.fault in MUST_BE_CORRECTED
    ]


@transaction.atomic
def finish_typing(*, batch: PaperBatch, by: User) -> int:
    """Draw the sheets that somebody else types a second time. Returns how many."""
    batch = _held(batch, State.TYPING)
    keys = list(batch.sheets.values_list("pk", flat=True))
    if not keys:
        raise NotNow(_("No sheet has been typed yet."))
    drawn = _random.sample(keys, how_many_again(len(keys)))
    Sheet.objects.filter(pk__in=drawn).update(is_drawn=True)
    batch.state, batch.sheets_typed, batch.sheets_typed_again = State.AGAIN, len(keys), len(drawn)
    batch.save(update_fields=["state", "sheets_typed", "sheets_typed_again"])
    return len(drawn)


def how_many_again(sheets: int) -> int:
    return min(sheets, max(TYPED_AGAIN_AT_LEAST, ceil(sheets * SHARE_TYPED_AGAIN)))


# ---------- second typing ----------


def sheets_to_type_again(batch: PaperBatch, user: User) -> QuerySet[Sheet]:
    """Sheets that wait for a second typing by this person."""
    return batch.sheets.filter(is_drawn=True, second__isnull=True).exclude(first_by=user)


@transaction.atomic
def type_again(*, sheet: Sheet, given: Given, by: User) -> None:
    """The second typing of one sheet. After the last one of a batch the two typings are compared."""
    batch = _held(sheet.batch, State.AGAIN)
    sheet = batch.sheets.get(pk=sheet.pk)
    if not sheet.is_drawn or sheet.second is not None:
        raise NotNow(_("This sheet does not wait for a second typing."))
    if sheet.first_by_id == by.pk:
        raise NotNow(_("Somebody else has to type this sheet the second time."))
    sheet.second, sheet.second_by = given, by
    sheet.save(update_fields=["second", "second_by"])
    _worked(batch, by, Look.SECOND)
    if not batch.sheets.filter(is_drawn=True, second__isnull=True).exists():
        _compare(batch)


def _compare(batch: PaperBatch) -> None:
    questionnaire = Questionnaire(batch.version.content)
    batch.fields_compared = batch.fields_differing = 0
    for sheet in batch.sheets.filter(is_drawn=True):
        differences = differences_of(questionnaire, sheet)
        batch.fields_compared += len(filled_in_once(sheet))
        batch.fields_differing += len(differences)
        if not differences:
            sheet.settled = sheet.first
            sheet.save(update_fields=["settled"])
    batch.state = State.DIFFERENCES if batch.fields_differing else State.READY
    batch.save(update_fields=["state", "fields_compared", "fields_differing"])


def filled_in_once(sheet: Sheet) -> set[str]:
    """Fields in which at least one of the two typings has something: only these can have been mistyped."""
    return set(sheet.first) | set(sheet.second or {})


def differences_of(questionnaire: Questionnaire, sheet: Sheet) -> list[str]:
    """Names of the fields in which the two typings of a sheet differ, in the order of the questionnaire."""
    shapes, second = shapes_of(questionnaire), sheet.second or {}
    numbers = {name for name, shape in shapes.items() if shape.is_number}
    return [
        name
        for name in [LANGUAGE, HELPED, *shapes]
        if as_compared(sheet.first, name, name in numbers) != as_compared(second, name, name in numbers)
    ]


def as_compared(given: Mapping[str, list[str]], name: str, is_number: bool) -> list[str]:
    """Values without what makes no difference: the order of ticks, spaces, 4.50 for 4.5."""
    values = [" ".join(value.split()) for value in given.get(name, [])]
    return sorted((number_of(value) or value) if is_number else value for value in values if value)


# ---------- third look ----------


@transaction.atomic
def settle(*, sheet: Sheet, given: Given, by: User) -> None:
    """Say what counts where the two typings differ; `given` has what counts in those fields."""
    batch = _held(sheet.batch, State.DIFFERENCES)
    sheet = batch.sheets.get(pk=sheet.pk)
    if not sheet.is_drawn or sheet.settled is not None:
        raise NotNow(_("This sheet is settled already."))
    differing = differences_of(Questionnaire(batch.version.content), sheet)
    agreed = {name: values for name, values in sheet.first.items() if name not in differing}
    sheet.settled = agreed | {name: given[name] for name in differing if given.get(name)}
    sheet.save(update_fields=["settled"])
    _worked(batch, by, Look.THIRD)
    if not batch.sheets.filter(is_drawn=True, settled__isnull=True).exists():
        batch.state = State.READY
        batch.save(update_fields=["state"])


# ---------- the end of a batch ----------


def confirm(*, batch: PaperBatch, by: User, at: date | None = None) -> int:
    """Put the answers into the ballot box, in random order and without the numbers, and delete the sheets.

    All of it or nothing; also for some weeks after the wave has closed. Returns how many sheets went in; 0 when the batch was confirmed before.
    """
    with transaction.atomic():
        batch = _held(batch)
        if batch.state == State.CONFIRMED:
            return 0
        batch = _held(batch, State.READY)
        wave = take_wave_of(batch)
        with Stack() as stack:
            batch.answers_left_out = _stack_up(batch, stack)
            put_in = put_in_all(wave=wave, version_id=batch.version_id, stack=stack)
        _end(batch, State.CONFIRMED, at)
    forget_deleted_rows(Sheet)
    return put_in


def take_wave_of(batch: PaperBatch) -> Wave:
    try:
        return take_open_or_late(batch.collector)
    except NotOpen as error:
        raise NotNow(str(error)) from error


def _stack_up(batch: PaperBatch, stack: Stack) -> int:
    questionnaire = Questionnaire(batch.version.content)
    dropped = 0
    for sheet in batch.sheets.all():
        given = what_counts(sheet)
        content = final(questionnaire, given)
        dropped += len(left_out(questionnaire, given, content))
        language = "".join(given.get(LANGUAGE, []))
        helped = HELPED_CODES.get("".join(given.get(HELPED, [])))
        stack.add(Ballot(batch.collector_id, content, language, Mode.PAPER, helped))
    return dropped


def what_counts(sheet: Sheet) -> Given:
    return sheet.first if sheet.settled is None else sheet.settled


@transaction.atomic
def _throw_away(batch: PaperBatch, at: date | None) -> None:
    batch = _held(batch)
    if batch.is_finished:
        raise NotNow(_("This stack is finished."))
    _end(batch, State.DISCARDED, at)


def discard(*, batch: PaperBatch, by: User, at: date | None = None) -> None:
    """Delete the sheets without counting them. Who typed how many stays."""
    _throw_away(batch, at)
    forget_deleted_rows(Sheet)


def _end(batch: PaperBatch, state: PaperBatch.State, at: date | None) -> None:
    batch.sheets.all().delete()
    batch.state, batch.finished_on = state, at or timezone.localdate()
    batch.save(update_fields=["state", "finished_on", "answers_left_out"])


def _worked(batch: PaperBatch, person: User, look: Typist.Look) -> None:
    typist, _is_new = Typist.objects.get_or_create(batch=batch, person=person, look=look)
    Typist.objects.filter(pk=typist.pk).update(sheets=F("sheets") + 1)


def languages_of(batch: PaperBatch) -> Iterable[str]:
    return batch.collector.wave.languages or sorted(batch.version.content["title"])
