from modeltranslation.translator import TranslationOptions, register

from cxportal.organisation.coverage import respondents_read
from cxportal.portal.models import PublicPage


@register(PublicPage)
class PublicPageTranslation(TranslationOptions):
    fields = ("title", "body")


respondents_read(PublicPage, "title", "body")
