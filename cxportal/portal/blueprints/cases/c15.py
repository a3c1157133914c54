"""Client panel and web site: satisfaction, effort, goal, and what kind of remark it is (IND, Netherlands)."""

from cxportal.portal.blueprints.parts import (
    Blueprint,
    Figure,
    Formula,
    Mail,
    Way,
    rating,
    shares,
    single,
    text,
    thumbs,
)

ON_THE_WEB = {"question": "channel", "op": "one_of", "value": ["web", "e_service"]}

BLUEPRINT = Blueprint(
    code="C15",
    survey="panel_and_web",
    parts=(
        (single("channel", "web", "e_service", "phone", "desk", fills="channel"),),
        (
            thumbs("useful", "hard", "missing", "old", "+other", topic="web-pages", shown_if=ON_THE_WEB),
            rating("satisfied", "rating10", is_required=True),
            rating("effort", "effort7"),
            rating("goal", "goal3"),
        ),
        (single("kind", "failure", "remark", "tip", "+other"), text("remark", band_of="satisfied")),
    ),
    figures=(
        Figure("satisfied", ("satisfied",), target=7.5),
        Figure("effort", ("effort",), Formula.EFFORT, target=5),
        Figure("goal", ("goal",), Formula.GOAL, target=80),
        *shares("useful", target=75),
    ),
    ways=(Way("link", "web"),),
    breakdowns=("collector", "channel", "language", "question:kind"),
    repeat="monthly",
    mails=(Mail("website_panel"),),
)
