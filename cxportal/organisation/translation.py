"""Which content is translated: what respondents and the public read. Fields for staff alone are not."""

from modeltranslation.translator import TranslationOptions, register

from cxportal.organisation.coverage import respondents_read
from cxportal.organisation.models import Agency, Figure, Service, Stage, Topic, Unit


@register([Agency, Figure, Service, Stage, Topic, Unit])
class NameTranslation(TranslationOptions):
    fields = ("name",)


respondents_read(Agency, "name")
respondents_read(Service, "name", rows=lambda: Service.objects.filter(is_active=True))
respondents_read(Stage, "name")
respondents_read(Topic, "name", rows=lambda: Topic.objects.filter(is_active=True))
respondents_read(Unit, "name", rows=lambda: Unit.objects.active())
