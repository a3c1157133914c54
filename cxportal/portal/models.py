"""What the portal itself keeps: the pages an agency owes its visitors."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cxportal.organisation.texts import Text, text_of


class PublicPage(models.Model):
    """Privacy, accessibility, contact. Without a text of its own, the page shows the one shipped with the portal."""

    class Key(models.TextChoices):
        PRIVACY = "privacy", _("Privacy")
        ACCESSIBILITY = "accessibility", _("Accessibility statement")
        CONTACT = "contact", _("Contact")

    key = models.CharField(_("page"), max_length=20, choices=Key.choices, unique=True, editable=False)
    title = models.CharField(
        _("title"),
        max_length=200,
        blank=True,
        help_text=_("Left empty, the page keeps the title shipped with the portal."),
    )
    body = models.TextField(
        _("text"),
        blank=True,
        help_text=_(
            "Left empty, the text shipped with the portal is shown. An empty line begins a paragraph,"
            " # before a line makes a heading, - makes a list, [words](address) makes a link."
        ),
    )
    updated_on = models.DateField(_("last changed on"), auto_now=True)

    class Meta:
        verbose_name = _("public page")
        verbose_name_plural = _("public pages")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.get_key_display()

    def get_absolute_url(self) -> str:
        return reverse(self.key)

    @property
    def own_title(self) -> Text:
        return text_of(self, "title")

    @property
    def own_body(self) -> Text:
        return text_of(self, "body")


class DemoStep(models.Model):
    """A step of the demo that has been filled. No other step of this name is filled any more."""

    name = models.CharField(max_length=60, unique=True)
    today = models.DateTimeField(help_text="the day that all steps count back from")
    size = models.FloatField()

    class Meta:
        verbose_name = _("step of the demo")
        verbose_name_plural = _("steps of the demo")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
