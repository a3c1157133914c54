"""A story as the public reads it: a copy that a person has released, never the item itself."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from feedback.models.item import Item

if TYPE_CHECKING:
    from cxportal.organisation.models import User


class PublishedStoryQuerySet(models.QuerySet):
    def for_user(self, user: "User") -> "PublishedStoryQuerySet":
        if user.scope.is_cx_team:
            return self
        return self.filter(Exists(Item.objects.for_user(user).filter(pk=OuterRef("item"))))

    def released(self) -> "PublishedStoryQuerySet":
        return self.filter(state=Publication.State.RELEASED)


class Publication(models.Model):
    """Proposed with what the screening marked left out, released by a person, withdrawn by code or by staff."""

    class State(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("publication", "Waiting for release")
        RELEASED = "released", pgettext_lazy("publication", "Public")
        WITHDRAWN = "withdrawn", pgettext_lazy("publication", "Withdrawn")

    item = models.OneToOneField(
        Item,
        models.CASCADE,
        related_name="publication",
        verbose_name=pgettext_lazy("one voice", "feedback"),
    )
    text = models.TextField(_("text as published"))
    language = models.CharField(_("language"), max_length=10)
    folded = models.TextField(
        blank=True, editable=False, help_text="all its texts in small letters without accents"
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PROPOSED)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("released by"),
    )
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects = PublishedStoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("published story")
        verbose_name_plural = _("published stories")
        ordering = ["-released_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="proposed", released_at__isnull=True, withdrawn_at__isnull=True)
                | Q(state="released", released_at__isnull=False, withdrawn_at__isnull=True)
                | Q(state="withdrawn", withdrawn_at__isnull=False),
                name="publication_released_by_a_person",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-released_at"], condition=Q(state="released"), name="publication_newest_first"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class PublicationText(models.Model):
    """A translation made by hand."""

    publication = models.ForeignKey(
        Publication, models.CASCADE, related_name="texts", verbose_name=_("published story")
    )
    language = models.CharField(_("language"), max_length=10)
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("translation of a story")
        verbose_name_plural = _("translations of a story")
        ordering = ["publication", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["publication", "language"], name="publication_text_once_per_language"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.language}"
