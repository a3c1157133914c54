"""After a contact: a link by e-mail to very many, three questions at the end of a call (Swedish Migration Agency)."""

from cxportal.portal.blueprints.parts import Blueprint, Figure, Formula, Mail, Way, shares, text, yes_no
from panels.models import Panel

ASKED = {"good": "treatment", "in_time": "waiting-time", "resolved": "advice"}

BLUEPRINT = Blueprint(
    code="C18",
    survey="after_a_contact",
    parts=(tuple(yes_no(code, topic=topic) for code, topic in ASKED.items()), (text("more"),)),
    figures=(
        *shares(*ASKED, target=80),
        Figure("all_three", tuple(ASKED), Formula.ALL_OF, target=70),
    ),
    ways=(Way("staff", "phone"),),
    breakdowns=("collector", "channel", "language", "mode"),
    mails=(Mail("contact_list", Panel.Kind.CONTACT_LIST, channel="email"),),
)
