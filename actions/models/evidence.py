"""Why an action is there: voices, topics, published figures, figures of units, or something outside the portal."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from actions.models.action import Action
from cxportal.organisation.models import Topic, UnitFigure
from feedback.models import Item, Tombstone
from surveys.models import Wave

if TYPE_CHECKING:
    from cxportal.organisation.models import User

SOURCES = ("item", "tombstone", "topic", "wave", "unit_figure", "reference")


def exactly_one_source() -> Q:
    """Each row names one thing: `reference` is the only one that is text."""
    told = Q()
    for named in SOURCES:
        condition = Q()
        for source in SOURCES:
            is_named = source == named
            if source == "reference":
                condition &= ~Q(reference="") if is_named else Q(reference="")
            else:
                condition &= Q(**{f"{source}__isnull": not is_named})
        told |= condition
    return told


class EvidenceQuerySet(models.QuerySet):
    def for_user(self, user: "User") -> "EvidenceQuerySet":
        """What this person may open. The rest of an action's evidence is shown as a count only."""
        if user.scope.is_cx_team:
            return self
        items = Item.objects.for_user(user)
        units = user.scope.unit_ids("manager", "staff", "viewer")
        waves = Wave.objects.for_user(user)
        return self.filter(action__in=Action.objects.for_user(user)).filter(
            Q(item__in=items)
            | Q(wave__in=waves)
            | Q(unit_figure__unit__in=units)
            | Q(topic__isnull=False)
            | Q(tombstone__isnull=False)
            | ~Q(reference="")
        )


class Evidence(models.Model):
    action = models.ForeignKey(Action, models.CASCADE, related_name="evidence", verbose_name=_("action"))
    # withdrawn: the voice is gone, and with it what it proved
    item = models.ForeignKey(
        Item,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="evidence",
        verbose_name=pgettext_lazy("one voice", "feedback"),
    )
    tombstone = models.ForeignKey(
        Tombstone,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="evidence",
        verbose_name=_("purged feedback"),
    )
    topic = models.ForeignKey(
        Topic, models.PROTECT, null=True, blank=True, related_name="evidence", verbose_name=_("topic")
    )
    wave = models.ForeignKey(
        Wave, models.PROTECT, null=True, blank=True, related_name="evidence", verbose_name=_("wave")
    )
    publication_number = models.PositiveIntegerField(_("publication"), null=True, blank=True)
    question = models.CharField(
        _("question or indicator"), max_length=82, blank=True, help_text="an indicator begins with ="
    )
    breakdown = models.CharField(_("breakdown"), max_length=120, blank=True)
    cell = models.CharField(_("group"), max_length=260, blank=True)
    figure = models.JSONField(
        _("figure as published"), default=dict, blank=True, help_text="value, low, high, n"
    )
    unit_figure = models.ForeignKey(
        UnitFigure,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="evidence",
        verbose_name=_("unit figure"),
    )
    reference = models.CharField(_("something else"), max_length=400, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("added by")
    )
    added_at = models.DateTimeField(_("added"))

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["added_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=exactly_one_source(), name="evidence_names_one_source"),
            models.CheckConstraint(
                condition=Q(wave__isnull=True, question="", publication_number__isnull=True)
                | (Q(wave__isnull=False, publication_number__isnull=False) & ~Q(question="")),
                name="evidence_figure_is_of_a_publication",
            ),
            models.UniqueConstraint(
                fields=["action", "item"], condition=Q(item__isnull=False), name="evidence_item_once"
            ),
            models.UniqueConstraint(
                fields=["action", "tombstone"],
                condition=Q(tombstone__isnull=False),
                name="evidence_tombstone_once",
            ),
            models.UniqueConstraint(
                fields=["action", "topic"], condition=Q(topic__isnull=False), name="evidence_topic_once"
            ),
            models.UniqueConstraint(
                fields=["action", "wave", "publication_number", "question", "breakdown", "cell"],
                condition=Q(wave__isnull=False),
                name="evidence_figure_once",
            ),
            models.UniqueConstraint(
                fields=["action", "unit_figure"],
                condition=Q(unit_figure__isnull=False),
                name="evidence_unit_figure_once",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def kind(self) -> str:
        if self.wave_id:
            return "figure"
        return next(
            (name for name in SOURCES if name != "reference" and getattr(self, f"{name}_id", None)),
            "reference",
        )
