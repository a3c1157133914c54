"""Tell your story, answered and published (Services Publics+, France)."""

from cxportal.portal.blueprints.parts import Blueprint, Figure, Formula, Way, rating, single, text

BLUEPRINT = Blueprint(
    code="C8",
    survey="your_story",
    parts=(
        (
            single(
                "channel",
                "desk",
                "phone",
                "email",
                "e_service",
                "web",
                "letter",
                "social_media",
                fills="channel",
            ),
            rating("felt", "faces3", is_required=True),
            text("story", band_of="felt", is_required=True),
        ),
    ),
    figures=(Figure("positive", ("felt",), Formula.SHARE, target=60),),
    ways=(Way("link"),),
    breakdowns=("channel", "language"),
    repeat="monthly",
)
