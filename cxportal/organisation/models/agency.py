"""The body that runs this portal, as the public meets it on every page and in every message."""

from django.core.cache import caches
from django.db import models
from django.utils.translation import gettext_lazy as _


class Agency(models.Model):
    """A single row: name, contact and where to complain about accessibility."""

    name = models.CharField(_("name"), max_length=200)
    contact_email = models.EmailField(_("e-mail for the public"), blank=True)
    contact_phone = models.CharField(_("phone for the public"), max_length=40, blank=True)
    contact_address = models.TextField(_("postal address"), blank=True)

    class Meta:
        verbose_name = _("agency")
        verbose_name_plural = _("agency")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="agency_is_one_row")]

    def __str__(self) -> str:
        return self.name or "#1"

    def save(self, *args, **kwargs) -> None:
        self.pk = 1
        super().save(*args, **kwargs)
        caches["local"].delete("agency")

    @classmethod
    def current(cls) -> "Agency":
        """The agency, from memory for ten seconds; an unsaved one before anybody has named it."""
        agency = caches["local"].get("agency")
        if agency is None:
            agency = cls.objects.filter(pk=1).first() or cls(pk=1)
            caches["local"].set("agency", agency)
        return agency
