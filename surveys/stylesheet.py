"""The one stylesheet of a survey page: what all public pages stand on, the parts of a survey, the version's rules.

Its address changes with its content, so browsers may keep it for a year.
"""

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.urls import reverse

from surveys.questionnaire import Questionnaire
from surveys.shown_css import rules_of
from surveys.stencils import Packed

SOURCES = ("cx/respondent.css", "surveys/survey.css")
WITHOUT_RULES, FOR_CLIPS = "0", "clips"
CLIP_RULES = ".pic{padding-block-start:var(--cx-s3)}.pic img{display:block;inline-size:auto;block-size:auto;max-inline-size:100%;max-block-size:24rem;border-radius:var(--cx-r1)}\n"
"""Only for versions that have a clip: other pages do not grow by a letter."""
_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_BLANK = re.compile(r"\n\s*")


def address_of(questionnaire: Questionnaire | None, digest: str) -> str:
    """`digest` is empty for a page of a draft, whose conditions have no rules yet."""
    has_conditions = bool(digest and questionnaire and rules_of(questionnaire))
    name = digest[:16] if has_conditions else name_without_conditions(questionnaire)
    rules = own_rules(questionnaire) if has_conditions and questionnaire else rules_by_name(name)
    return reverse("survey_stylesheet", args=[name, revision_of(rules)])


def name_without_conditions(questionnaire: Questionnaire | None) -> str:
    return FOR_CLIPS if questionnaire and questionnaire.has_clips else WITHOUT_RULES


def rules_by_name(name: str) -> str:
    return CLIP_RULES if name == FOR_CLIPS else ""


def own_rules(questionnaire: Questionnaire) -> str:
    """What the sheet of a version has beyond the common rules."""
    return rules_by_name(name_without_conditions(questionnaire)) + rules_of(questionnaire)


def sheet_with(rules: str) -> Packed:
    return _packed(base_rules() + rules)


def revision_of(rules: str) -> str:
    return hashlib.sha256((base_rules() + rules).encode()).hexdigest()[:10]


@lru_cache(maxsize=1)
def base_rules() -> str:
    written = "\n".join(Path(str(finders.find(source))).read_text() for source in SOURCES)
    return _BLANK.sub("\n", _COMMENT.sub("", written)).strip() + "\n"


@lru_cache(maxsize=32)
def _packed(text: str) -> Packed:
    return Packed(text, "")
