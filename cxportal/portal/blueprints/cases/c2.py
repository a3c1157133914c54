"""How the agency is seen, compared between segments (Migri's reputation survey, Finland)."""

from cxportal.portal.blueprints.parts import Blueprint, Figure, Formula, Way, grid, rating, single, text

DIMENSIONS = {
    "interaction": {"friendly": "treatment", "listens": "treatment"},
    "responsibility": {"fair": "equal-treatment", "promises": "predictability"},
    "administration": {"efficient": "waiting-time", "reasons": "decision"},
    "leadership": {"direction": "", "learns": ""},
}

BLUEPRINT = Blueprint(
    code="C2",
    survey="reputation",
    parts=(
        (
            single("ground", "work", "study", "family", "protection", "citizenship", "+other"),
            single("born", "here", "abroad"),
        ),
        (
            rating("overall", "agree5", is_required=True),
            *(grid(code, "agree5", things, not_for_me=True) for code, things in DIMENSIONS.items()),
        ),
        (text("why", band_of="overall"),),
    ),
    figures=(
        Figure("overall", ("overall",), target=4),
        Figure("friendly", ("interaction.friendly",), target=4),
        Figure("efficient", ("administration.efficient",), target=3.7),
        *(
            Figure(code, tuple(f"{code}.{thing}" for thing in things), Formula.COMPOSITE)
            for code, things in DIMENSIONS.items()
        ),
    ),
    ways=(Way("link", "web"), Way("link", "e_service"), Way("link", "desk"), Way("staff", "phone")),
    breakdowns=("channel", "language", "question:ground", "question:born", "mode"),
)
