"""What respondents read of a survey, in every language."""

from modeltranslation.translator import TranslationOptions, register

from cxportal.organisation.coverage import respondents_read
from surveys.models import Announcement, Choice, Indicator, Item, OwnScalePoint, Part, Question, Survey


@register(Survey)
class SurveyTranslation(TranslationOptions):
    fields = ("title", "purpose", "thanks")


@register(Part)
class PartTranslation(TranslationOptions):
    fields = ("title",)


@register(Question)
class QuestionTranslation(TranslationOptions):
    fields = ("text", "help")


@register([Choice, Item])
class TextTranslation(TranslationOptions):
    fields = ("text",)


@register(OwnScalePoint)
class LabelTranslation(TranslationOptions):
    fields = ("label",)


@register(Announcement)
class AnnouncementTranslation(TranslationOptions):
    fields = ("who",)


@register(Indicator)
class IndicatorTranslation(TranslationOptions):
    fields = ("name",)


respondents_read(Announcement, "who", rows=lambda: Announcement.objects.filter(is_public=True))
