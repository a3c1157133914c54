"""Residents of reception facilities, each invited in person after two months (Fedasil, Belgium)."""

from cxportal.portal.blueprints.parts import Blueprint, Figure, Formula, Way, grid, single, text, yes_no

TOPICS = {
    "room": "accommodation",
    "sanitary": "sanitary",
    "food": "food",
    "staff": "treatment",
    "safety": "safety",
    "wellbeing": "well-being",
}
REASONS = {
    "room": ("crowded", "noisy", "broken"),
    "food": ("taste", "times", "diet"),
    "staff": ("time", "respect", "language"),
    "safety": ("night", "residents", "door"),
}

BLUEPRINT = Blueprint(
    code="C3",
    survey="reception_residents",
    parts=(
        (grid("living", "rating11", TOPICS, not_for_me=True),),
        tuple(
            yes_no(f"{code}_fine", *reasons, "+other", topic=TOPICS[code])
            for code, reasons in REASONS.items()
        ),
        (single("age", "under18", "from18", "from30", "from50"), single("sex", "woman", "man", "+other")),
        (text("change"),),
    ),
    figures=(
        *(Figure(code, (f"living.{code}",), target=7) for code in TOPICS),
        Figure("all_fine", tuple(f"{code}_fine" for code in REASONS), Formula.ALL_OF, target=50),
    ),
    ways=(Way("link", "web", each="facility"), Way("staff", "desk", each="facility")),
    breakdowns=("unit", "collector", "language", "mode", "assisted", "question:age", "question:sex"),
    repeat="quarterly",
)
