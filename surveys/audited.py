"""What is followed of questionnaires and waves. What respondents sent is not."""

from cxportal.organisation.audit import follow
from surveys.models import (
    Announcement,
    ApiClient,
    Choice,
    Clip,
    Collector,
    Contradiction,
    Count,
    Export,
    Indicator,
    Item,
    OwnScale,
    OwnScalePoint,
    PaperBatch,
    Part,
    Publication,
    Question,
    Survey,
    SurveyImport,
    Version,
    Wave,
    WeightingRun,
)

follow(
    Announcement,
    Choice,
    Clip,
    Collector,
    Contradiction,
    Count,
    Indicator,
    Item,
    OwnScale,
    OwnScalePoint,
    PaperBatch,
    Part,
    Question,
    Survey,
    Wave,
)
follow(ApiClient, leave_out=["key_hash", "last_used_on"])
follow(SurveyImport, leave_out=["report"])
follow(Version, leave_out=["content"])
follow(WeightingRun, leave_out=["weights"])
follow(Publication, leave_out=["content", "comments", "counted"])
follow(Export, leave_out=["written", "rows", "claimed_at", "file"])
