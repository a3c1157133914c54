"""The children's version of C3: three faces, short questions, somebody to talk to (Fedasil, Belgium)."""

from cxportal.portal.blueprints.parts import (
    Blueprint,
    Figure,
    Formula,
    Way,
    grid,
    shares,
    single,
    text,
    yes_no,
)

TOPICS = {
    "room": "accommodation",
    "food": "food",
    "play": "well-being",
    "school": "",
    "grown_ups": "treatment",
}

BLUEPRINT = Blueprint(
    code="C3-CHILDREN",
    survey="reception_children",
    parts=(
        (grid("life", "faces3", TOPICS, not_for_me=True),),
        (yes_no("safe", topic="safety"), yes_no("talk", topic="well-being")),
        (single("age", "from6", "from9", "from12"), text("wish")),
    ),
    figures=(
        *(Figure(code, (f"life.{code}",), Formula.SHARE, 70) for code in TOPICS),
        *shares("safe", "talk", target=90),
    ),
    ways=(Way("link", "web", each="facility"), Way("staff", "desk", each="facility")),
    breakdowns=("unit", "collector", "language", "mode", "assisted", "question:age"),
    repeat="quarterly",
)
