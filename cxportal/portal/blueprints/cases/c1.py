"""A survey of all customers, two or three times a year, with three panels (Migri, Finland)."""

from cxportal.portal.blueprints.parts import Blueprint, Figure, Formula, Mail, Way, grid, rating, single, text
from panels.models import Panel

ASPECTS = {
    "time": "waiting-time",
    "foreseen": "predictability",
    "reach": "advice",
    "clear": "clear-guidance",
    "equal": "equal-treatment",
}

BLUEPRINT = Blueprint(
    code="C1",
    survey="customer_survey",
    parts=(
        (
            single(
                "channel",
                *("desk", "email", "phone", "chat", "e_service", "web", "social_media", "letter"),
                fills="channel",
            ),
            single("role", "customer", "employer", "stakeholder", "+other"),
        ),
        (
            rating("overall", "satisfied5", is_required=True),
            grid("service", "agree5", ASPECTS, not_for_me=True),
        ),
        (text("better", band_of="overall"),),
    ),
    figures=(
        Figure("overall", ("overall",), target=3.6),
        Figure("equal", ("service.equal",), target=4),
        Figure("clear", ("service.clear",)),
        Figure("experience", tuple(f"service.{code}" for code in ASPECTS), Formula.COMPOSITE),
    ),
    ways=(Way("link"), Way("staff", "desk")),
    breakdowns=("collector", "channel", "language", "question:role", "mode", "assisted"),
    mails=(
        Mail("customers", reminder_days=(7,)),
        Mail("employers", Panel.Kind.EMPLOYER, reminder_days=(7,)),
        Mail("stakeholders", Panel.Kind.STAKEHOLDER, reminder_days=(7,)),
    ),
)
