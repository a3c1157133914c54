"""Each aspect rated, and beside it how much it matters (OCMA, Latvia)."""

from cxportal.portal.blueprints.parts import Blueprint, Figure, Pair, Way, grid, rating, text, yes_no

ASPECTS = {
    "competence": "competence",
    "attitude": "treatment",
    "speed": "waiting-time",
    "clear": "clear-guidance",
    "place": "premises",
}

BLUEPRINT = Blueprint(
    code="C13",
    survey="service_and_importance",
    parts=(
        (rating("overall", "rating6", is_required=True), yes_no("solved", "papers", "waiting", "+other")),
        (grid("rated", "rating6", ASPECTS, not_for_me=True),),
        (grid("matters", "importance5", ASPECTS),),
        (text("suggestion", band_of="overall"),),
    ),
    figures=(
        Figure("overall", ("overall",), target=5),
        Figure("competence", ("rated.competence",), target=5),
        Figure("attitude", ("rated.attitude",), target=5),
    ),
    ways=(
        Way("link", "web"),
        Way("link", "desk", each="service_point"),
        Way("paper", "desk", each="service_point"),
    ),
    breakdowns=("unit", "channel", "language", "mode"),
    contradictions=(
        Pair("solved_and_very_bad", "solved", "yes", "overall", "1"),
        Pair("very_good_and_nothing_good", "overall", "6", "rated.competence", "1 2"),
    ),
)
