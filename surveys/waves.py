"""Opening, pausing and closing a wave, by a person or by the clock."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cxportal.keys import store
from cxportal.languages import LANGUAGES
from cxportal.organisation.models import Unit, User
from surveys import breakdowns, indicators, offering
from surveys.announcing import copy_announcement
from surveys.declining import carry_declines, forget_declines
from surveys.models import Collector, Wave
from surveys.models.wave import short_address
from surveys.publishing import questions_in

logger = logging.getLogger(__name__)


class CannotOpen(ValueError):
    """`faults` says in one sentence each what has to be put right first."""

    def __init__(self, faults: list[str]):
        self.faults = faults
        super().__init__(" ".join(faults))


@transaction.atomic
def open_wave(*, wave: Wave, by: User | None, at: datetime | None = None) -> Wave:
    """From now on answers are taken. Version, promise and breakdowns are frozen."""
    wave = Wave.objects.select_for_update().get(pk=wave.pk)
    if wave.state != Wave.State.DRAFT:
        raise CannotOpen([_("This wave was opened before.")])
    wave.version = wave.version or wave.survey.versions.order_by("-number").first()
    at = at or timezone.now()
    if faults := faults_in(wave, at=at):
        raise CannotOpen(faults)
    freeze_promise(wave, at=at)
    wave.state = Wave.State.OPEN
    wave.opens_at = wave.opens_at if wave.opens_at and wave.opens_at <= at else at
    if wave.repeat and not wave.closes_at:  # without an end the next one would never begin
        wave.closes_at = end_of_period(_midnight(wave.opens_at), wave.repeat)
    wave.unit_paths = unit_paths()
    wave.languages = wave.languages or languages_ready(wave)
    wave.save()
    indicators.synchronise(wave)
    return wave


def faults_in(wave: Wave, *, at: datetime | None = None) -> list[str]:
    """Sentences about everything that keeps the wave from opening."""
    if wave.version is None:
        return [_("The survey has not been published.")]
    faults = faults_of_languages(wave)
    faults += breakdowns.faults_in(
        wave.breakdowns, wave.pairs, {question["code"] for question in questions_in(wave.version.content)}
    )
    if not wave.collectors.exists():
        faults.append(_("The wave has no way in yet: add a link, a mailing or staff entry."))
    if wave.closes_at and wave.closes_at <= (at or timezone.now()):
        faults.append(_("The wave would be closed already."))
    return faults


def faults_of_languages(wave: Wave) -> list[str]:
    """Of the languages chosen. Where none was chosen, the wave opens in those that are ready."""
    ready = languages_ready(wave) if wave.languages else []
    not_ready = [LANGUAGES[code].native_name for code in wave.languages if code not in ready]
    if not not_ready:
        return []
    words = _("These languages are not ready: %(languages)s. The page of the publication says why.")
    return [words % {"languages": ", ".join(not_ready)}]


def languages_ready(wave: Wave) -> list[str]:
    """Languages of its version that may be offered; at least the one the survey was written in."""
    content = wave.version.content  # type: ignore[union-attr]
    return offering.ready_languages(wave.survey, content) or [content["source"]]


def freeze_promise(wave: Wave, *, at: datetime | None = None) -> None:
    """From the first invitation or answer on, nobody can change what was promised. Makes the wave's key.

    The caller saves the wave.
    """
    wave.version = wave.version or wave.survey.versions.order_by("-number").first()
    wave.privacy_frozen_at = wave.privacy_frozen_at or at or timezone.now()
    if not store.exists(wave.key_name):
        store.create(wave.key_name)


def unit_paths() -> dict[str, list[str]]:
    """Code of each unit -> codes of the units above it, nearest first."""
    rows = {pk: (code, parent) for pk, code, parent in Unit.objects.values_list("pk", "code", "parent_id")}
    paths = {}
    for code, parent in rows.values():
        path = []
        while parent is not None and rows[parent][0] not in path:
            above, parent = rows[parent]
            path.append(above)
        if path:
            paths[code] = path
    return paths


def pause(*, wave: Wave, by: User | None) -> None:
    Wave.objects.filter(pk=wave.pk, state=Wave.State.OPEN).update(state=Wave.State.PAUSED)


def resume(*, wave: Wave, by: User | None) -> None:
    if not store.exists(wave.key_name):
        raise CannotOpen(
            [_("The key of this wave is lost: no answer can be taken any more. Close the wave.")]
        )
    Wave.objects.filter(pk=wave.pk, state=Wave.State.PAUSED).update(state=Wave.State.OPEN)


def pause_for_lost_key(wave: Wave) -> None:
    """No answer is ever taken without marks."""
    pause(wave=wave, by=None)


def close_wave(*, wave: Wave, by: User | None, at: datetime | None = None) -> None:
    """No more answers. What waits in the ballot box is released by the next tick."""
    Wave.objects.filter(pk=wave.pk, state__in=[Wave.State.OPEN, Wave.State.PAUSED]).update(
        state=Wave.State.CLOSED, closes_at=at or timezone.now()
    )
    forget_declines(wave)


def keep_the_calendar(*, at: datetime | None = None) -> None:
    """What the clock does: open what is due, close what is over, go on with continuous surveys."""
    at = at or timezone.now()
    for wave in Wave.objects.filter(state=Wave.State.DRAFT, opens_by_itself=True, opens_at__lte=at):
        open_if_nothing_is_missing(wave, at)
    for wave in Wave.objects.filter(state__in=[Wave.State.OPEN, Wave.State.PAUSED], closes_at__lte=at):
        with transaction.atomic():
            following = wave_after(wave) if wave.repeat else None
            close_wave(wave=wave, by=None, at=wave.closes_at)
        if following:
            open_if_nothing_is_missing(following, at)


def open_if_nothing_is_missing(wave: Wave, at: datetime) -> None:
    try:
        open_wave(wave=wave, by=None, at=at)
    except CannotOpen:
        logger.warning("Wave %s is due, but something is missing; it stays closed.", wave.pk)


def wave_after(wave: Wave) -> Wave:
    """The next month's or quarter's wave of a continuous survey, in draft, with the same ways in.

    The addresses move on to it: a QR code on a wall goes on working. So does every "do not ask me".
    """
    starts = wave.closes_at or timezone.now()
    following = Wave.objects.get(pk=wave.pk)
    following.pk, following._state.adding = None, True
    following.code, following.key_name = code_after(wave, starts), ""
    following.state, following.privacy_frozen_at = Wave.State.DRAFT, None
    following.version = wave.survey.versions.order_by("-number").first()
    if following.version:  # a language that its newest version lacks is left out, not a reason to stay closed
        ready = languages_ready(following)
        following.languages = [code for code in wave.languages if code in ready]
    following.opens_at, following.closes_at = starts, end_of_period(starts, wave.repeat)
    following.opens_by_itself = True
    following.save()
    copy_announcement(wave, following)
    carry_declines(wave, following)
    for collector in wave.collectors.filter(kind__in=[Collector.Kind.LINK, Collector.Kind.STAFF]):
        address, collector.address = collector.address, short_address()
        collector.save(update_fields=["address"])
        collector.pk, collector._state.adding = None, True
        collector.wave, collector.address = following, address
        collector.save()
    return following


def end_of_period(starts: datetime, repeat: str) -> datetime:
    """The first moment of the month, or of the third month, after the one in which it starts."""
    ends = starts
    for _month in range(1 if repeat == Wave.Repeat.MONTHLY else 3):
        ends = (ends.replace(day=1) + timedelta(days=32)).replace(day=1)
    return ends


def _midnight(moment: datetime) -> datetime:
    return timezone.localtime(moment).replace(hour=0, minute=0, second=0, microsecond=0)


def code_after(wave: Wave, starts: datetime) -> str:
    stem, _sep, number = wave.code.rpartition("_")
    stem = stem if stem and number.isdecimal() else wave.code
    return f"{stem[:31]}_{starts:%Y%m%d}"
