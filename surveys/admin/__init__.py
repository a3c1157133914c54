"""Pages of the staff for questionnaires, waves and the ways into them."""

from surveys.admin.api_clients import ApiClientAdmin
from surveys.admin.indicators import IndicatorAdmin
from surveys.admin.publications import ExportAdmin, PublicationAdmin
from surveys.admin.questions import QuestionAdmin
from surveys.admin.scales import OwnScaleAdmin
from surveys.admin.surveys import SurveyAdmin
from surveys.admin.waves import WaveAdmin

__all__ = [
    "ApiClientAdmin",
    "ExportAdmin",
    "IndicatorAdmin",
    "OwnScaleAdmin",
    "PublicationAdmin",
    "QuestionAdmin",
    "SurveyAdmin",
    "WaveAdmin",
]
