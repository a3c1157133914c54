"""Other systems that read published results, each with a key of its own of which only the hash is kept."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from cxportal.organisation.models import Unit


class ApiClient(models.Model):
    name = models.CharField(_("name"), max_length=120, unique=True)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("unit"),
        help_text=_("It reads what the manager of this unit may read. Empty: the whole agency."),
    )
    reads_actions = models.BooleanField(
        _("also reads actions"),
        default=False,
        db_default=False,
        help_text=_("Those of its unit and all below; without names of staff."),
    )
    is_active = models.BooleanField(_("in use"), default=True)
    last_used_on = models.DateField(_("last used"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("system that reads results")
        verbose_name_plural = _("systems that read results")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
