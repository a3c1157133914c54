from surveys.models.announcement import Announcement
from surveys.models.api_client import ApiClient
from surveys.models.ballot import (
    Answer,
    Comment,
    HeldSubmission,
    Mark,
    Mode,
    Profile,
    Response,
    Submission,
    Ticket,
)
from surveys.models.clip import Clip
from surveys.models.indicator import CountedIndicator, Indicator, WeightedTally, WeightingRun
from surveys.models.paper import ImportedFile, PaperBatch, Sheet, Typist
from surveys.models.publication import Export, Publication, PublishedBreakdown
from surveys.models.quality import Contradiction, QualityCount
from surveys.models.questionnaire import (
    Breakdown,
    Choice,
    Item,
    OwnScale,
    OwnScalePoint,
    Part,
    Question,
    Survey,
)
from surveys.models.survey_import import SurveyImport
from surveys.models.tally import Tally
from surveys.models.version import Change, Version
from surveys.models.wave import Collector, Count, Wave

__all__ = [
    "Announcement",
    "Answer",
    "ApiClient",
    "Breakdown",
    "Change",
    "Choice",
    "Clip",
    "Collector",
    "Comment",
    "Contradiction",
    "Count",
    "CountedIndicator",
    "Export",
    "HeldSubmission",
    "ImportedFile",
    "Indicator",
    "Item",
    "Mark",
    "Mode",
    "OwnScale",
    "OwnScalePoint",
    "PaperBatch",
    "Part",
    "Profile",
    "Publication",
    "PublishedBreakdown",
    "QualityCount",
    "Question",
    "Response",
    "Sheet",
    "Submission",
    "Survey",
    "SurveyImport",
    "Tally",
    "Ticket",
    "Typist",
    "Version",
    "Wave",
    "WeightedTally",
    "WeightingRun",
]
