"""Answers that other systems add by themselves, in every language that the catalogues have."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from surveys.interchange.forms import Texts
from surveys.publishing import catalogue_texts

OTHER = pgettext_lazy("answer", "Other")
YES = pgettext_lazy("answer", "Yes")
NO = pgettext_lazy("answer", "No")
UNCERTAIN = pgettext_lazy("answer", "Uncertain")
FEMALE = pgettext_lazy("answer", "Female")
MALE = pgettext_lazy("answer", "Male")
INCREASE = pgettext_lazy("answer", "Increase")
SAME = pgettext_lazy("answer", "Same")
DECREASE = pgettext_lazy("answer", "Decrease")
COMMENT = _("Comment")


def in_every_language(words: str | Promise) -> Texts:
    return catalogue_texts(words)
