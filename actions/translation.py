"""What the public reads of actions, in every language; and the names of the statuses."""

from modeltranslation.translator import TranslationOptions, register

from actions.models import Status, ToldBack


@register(Status)
class StatusTranslation(TranslationOptions):
    fields = ("name",)


@register(ToldBack)
class ToldBackTranslation(TranslationOptions):
    fields = ("title", "heard", "did", "cannot")
