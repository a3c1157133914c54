"""A random sample of those who phoned or wrote, wiped right after the sending (SKR service measurement, Sweden)."""

from cxportal.portal.blueprints.parts import Blueprint, Figure, Formula, Mail, rating, text
from panels.models import Panel, Sample

BLUEPRINT = Blueprint(
    code="C20",
    survey="phoned_or_wrote",
    parts=(
        (
            rating("treatment", "satisfied5", topic="treatment"),
            rating("easy", "effort7", topic="advice"),
            text("more", band_of="treatment"),
        ),
    ),
    figures=(
        Figure("treatment", ("treatment",), Formula.SHARE, target=85),
        Figure("easy", ("easy",), Formula.EFFORT, target=5.5),
    ),
    ways=(),
    breakdowns=("unit", "channel", "language"),
    mails=(Mail("recent_callers", Panel.Kind.CONTACT_LIST, method=Sample.Method.RANDOM, size=500),),
)
