"""On paper in residence centres: below, at or above expectations (Office for Foreigners, Poland)."""

from cxportal.portal.blueprints.parts import Blueprint, Figure, Formula, Way, grid, text

ASPECTS = {
    "accommodation": "accommodation",
    "food": "food",
    "medical": "medical-care",
    "staff": "treatment",
    "safety": "safety",
}

BLUEPRINT = Blueprint(
    code="C16",
    survey="residence_centres",
    parts=((grid("life", "expectations3", ASPECTS),), (text("more"),)),
    figures=(
        Figure("met", tuple(f"life.{code}" for code in ASPECTS), Formula.POOLED_SHARE, target=60),
        *(Figure(code, (f"life.{code}",), Formula.SHARE, 60) for code in ASPECTS),
    ),
    ways=(Way("paper", "desk", each="facility"),),
    breakdowns=("unit", "language"),
)
