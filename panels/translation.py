"""What members and the public read of a panel, in every language."""

from modeltranslation.translator import TranslationOptions, register

from cxportal.organisation.coverage import respondents_read
from panels.models import Attribute, Panel


@register(Panel)
class PanelTranslation(TranslationOptions):
    fields = ("name", "purpose")


@register(Attribute)
class AttributeTranslation(TranslationOptions):
    fields = ("name",)


respondents_read(Panel, "name", rows=lambda: Panel.objects.open_to_join())
respondents_read(Panel, "purpose", rows=lambda: Panel.objects.open_to_join())
