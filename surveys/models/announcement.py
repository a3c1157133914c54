"""What everybody may know of a measurement before anything is sent."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from surveys.models.wave import Wave


class AnnouncementQuerySet(models.QuerySet):
    def public(self) -> "AnnouncementQuerySet":
        return self.filter(is_public=True)

    def under_way(self) -> "AnnouncementQuerySet":
        """Of waves to come and of those that take answers."""
        return self.public().exclude(wave__state=Wave.State.CLOSED)


class Announcement(models.Model):
    """The public page of a wave: who is asked, why, until when, and how to decline."""

    wave = models.OneToOneField(Wave, models.CASCADE, related_name="announcement", verbose_name=_("wave"))
    is_public = models.BooleanField(_("shown to everybody"), default=False)
    who = models.TextField(_("who is asked"), max_length=600, blank=True)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        verbose_name = _("public page of a wave")
        verbose_name_plural = _("public pages of waves")
        ordering = ["wave"]

    def __str__(self) -> str:
        return f"#{self.wave_id}"
