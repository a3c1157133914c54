"""On paper at every office for two weeks, twice a year: yes to all three (Statens servicecenter, Sweden)."""

from cxportal.portal.blueprints.parts import Blueprint, Figure, Formula, Way, shares, single, text, yes_no

ASKED = {"treated": "treatment", "helped": "advice", "in_time": "waiting-time"}

BLUEPRINT = Blueprint(
    code="C19",
    survey="service_offices",
    parts=(
        tuple(yes_no(code, topic=topic) for code, topic in ASKED.items()),
        (
            single("errand", "permit", "tax", "insurance", "pension", "work", "+other"),
            single("visits", "first", "few", "many"),
            single("sex", "woman", "man", "+other"),
            single("age", "under30", "from30", "from50", "from65"),
        ),
        (text("more"),),
    ),
    figures=(
        *shares(*ASKED, target=90),
        Figure("all_three", tuple(ASKED), Formula.ALL_OF, target=80),
    ),
    ways=(Way("paper", "desk", each="service_point"),),
    breakdowns=("unit", "question:errand", "question:visits", "question:sex", "question:age"),
)
