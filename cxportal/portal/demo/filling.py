"""Fills the demo step by step. A step is one transaction that leaves its name: a filling that was cut off goes on
with the next step, and none is filled twice.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import override

from actions.models import Action
from cxportal.languages import SOURCE
from cxportal.portal.demo.contents import STEPS, Step
from cxportal.portal.demo.stage import Stage
from cxportal.portal.demo_staff import NotInProduction
from cxportal.portal.models import DemoStep
from feedback.models import Item
from panels.models import Panel
from surveys.models import Answer, Comment, Mark, Response, Submission, Survey
from surveys.release import forget_deleted_rows

WORK: tuple[type[Model], ...] = (Survey, Panel, Item, Action)

BREATH_SECONDS = 0.15
"""SQLite has one writer: between two steps, whoever waits for it has their turn."""


class Progress(NamedTuple):
    done: int
    all: int
    now: str | Promise
    """What is being filled; empty at the end."""

    @property
    def percent(self) -> int:
        return round(100 * self.done / self.all)


def fill(
    *,
    say: Callable[[Progress], None] = lambda progress: None,
    size: float = 1.0,
    at: datetime | None = None,
    stop_when: Callable[[], bool] = lambda: False,
) -> int:
    """How many steps were filled now. `at` is the day that the first filling counts back from; later ones keep it.

    A portal in which somebody has begun to work is left as it is.
    """
    if settings.PRODUCTION:
        raise NotInProduction
    begun = DemoStep.objects.order_by("pk").first()
    if begun is None and any(model._default_manager.exists() for model in WORK):
        return 0
    stage = Stage(begun.today if begun else at or timezone.now(), begun.size if begun else size)
    filled = 0
    with override(SOURCE):
        for step in STEPS:
            if stop_when():
                break
            if not DemoStep.objects.filter(name=step.name).exists():
                say(progress())
                filled += _fill_one(step, stage)
                time.sleep(BREATH_SECONDS)
    if filled:
        forget_deleted_rows(Submission, Mark, Response, Answer, Comment)
        say(progress())
    return filled


def _fill_one(step: Step, stage: Stage) -> bool:
    """False if another process has just filled it."""
    if not step.is_atomic:
        step.fill(stage)
        DemoStep.objects.get_or_create(name=step.name, defaults={"today": stage.today, "size": stage.size})
        return True
    try:
        with transaction.atomic():
            DemoStep.objects.create(name=step.name, today=stage.today, size=stage.size)
            step.fill(stage)
    except IntegrityError:
        if not DemoStep.objects.filter(name=step.name).exists():
            raise
        return False
    return True


def progress() -> Progress:
    done = set(DemoStep.objects.values_list("name", flat=True))
    left = [step for step in STEPS if step.name not in done]
    return Progress(len(STEPS) - len(left), len(STEPS), left[0].title if left else "")
