"""Three standing panels with the people in them: what they agreed to, some who left, some whose address is dead."""

from datetime import timedelta

from cxportal.dispatch.models import Suppression
from cxportal.dispatch.suppression import suppress
from cxportal.portal.blueprints.words import columns, shared_words
from cxportal.portal.demo.agency import file_of
from cxportal.portal.demo.stage import Stage
from panels import opt_out, preferences
from panels.member_import import import_members
from panels.models import Attribute, Membership, Panel, Wording

KEPT_MONTHS = 60
"""So that the demo does not wipe its own people after two years."""
PANELS = [("customers", "customer", 420), ("employers", "employer", 90), ("stakeholders", "stakeholder", 60)]
CONTACTS, CALLERS = 1000, 260
LANGUAGES = {"fi": 30, "en": 25, "sv": 8, "ar": 12, "ru": 10, "so": 5, "fa": 5, "fr": 3, "uk": 2}
AGREED = {
    "en": "I agree that the Service Agency writes to me up to four times a year and asks what I think of its service. I can leave at any time.",
    "fi": "Palveluvirasto saa kysyä mielipidettäni palvelusta enintään neljä kertaa vuodessa. Voin lähteä paneelista milloin tahansa.",
    "sv": "Serviceverket får fråga mig högst fyra gånger om året vad jag tycker om servicen. Jag kan lämna panelen när som helst.",
}
REGIONS = [("south", "South"), ("west", "West"), ("north", "North")]
HEADINGS = ("email", "phone", "name", "organisation", "language", "region", "joined_on", "consent_on")
GIVEN = (
    "Anna",
    "Mikko",
    "Sofia",
    "Amina",
    "Yusuf",
    "Olena",
    "Ivan",
    "Maryam",
    "Ali",
    "Linh",
    "Pedro",
    "Chen",
    "Noor",
)
FAMILY = (
    "Virtanen",
    "Korhonen",
    "Hassan",
    "Ahmed",
    "Petrova",
    "Nguyen",
    "Garcia",
    "Salo",
    "Lindholm",
    "Kowalska",
)


def fill_panel(stage: Stage, *, code: str, kind: str, size: int) -> None:
    words = shared_words()
    panel = Panel(
        code=code,
        kind=kind,
        is_joinable=True,
        retention_months=KEPT_MONTHS,
        **columns(words, name=f"panel.{code}", purpose=f"panel.{code}?"),
    )
    panel.save()
    for language, text in AGREED.items():
        Wording.objects.create(panel=panel, language=language, text=text)
    Attribute.objects.create(
        panel=panel,
        code="region",
        name="Region",
        may_be_breakdown=True,
        values=[{"code": value, "name": name} for value, name in REGIONS],
    )
    with file_of(HEADINGS, people_of(stage, panel, stage.scaled(size, least=60))) as file:
        import_members(panel, file)


def fill_contacts(stage: Stage) -> None:
    """Everybody who was in contact within some weeks."""
    _fill_list(stage, "contact_list", stage.scaled(CONTACTS, least=100))


def fill_callers(stage: Stage) -> None:
    """Everybody who phoned or wrote; a sample of them is asked."""
    _fill_list(stage, "recent_callers", stage.scaled(CALLERS, least=90))


def _fill_list(stage: Stage, code: str, number: int) -> None:
    """People who are asked once and then wiped."""
    panel = Panel(
        code=code,
        kind=Panel.Kind.CONTACT_LIST,
        wipes=Panel.Wipes.AFTER_LAST_MESSAGE,
        **columns(shared_words(), name=f"panel.{code}"),
    )
    panel.save()
    people = people_of(stage, panel, number)
    with file_of(HEADINGS[:5], (person[:5] for person in people)) as file:
        import_members(panel, file)


def people_of(stage: Stage, panel: Panel, number: int) -> list[tuple]:
    dice = stage.dice(f"people of {panel.code}")
    has_organisation = panel.kind != Panel.Kind.CUSTOMER
    rows = []
    for place in range(number):
        name = f"{dice.choice(GIVEN)} {dice.choice(FAMILY)}"
        joined = (stage.ago(dice.randint(460, 725))).date()
        (language,) = dice.choices(list(LANGUAGES), list(LANGUAGES.values()))
        email = f"{panel.code}.{place}@people.example"
        phone = f"+35845{dice.randrange(10**7):07}" if dice.random() < 0.3 and not has_organisation else ""
        organisation = f"{dice.choice(FAMILY)} Ltd {place}" if has_organisation else ""
        region = dice.choice(REGIONS)[0]
        agreed = joined - timedelta(days=dice.randint(0, 3))
        rows.append((email, phone, name, organisation, language, region, joined, agreed))
    return rows


def fill_those_who_left(stage: Stage) -> None:
    dice = stage.dice("who left a panel")
    members = list(Membership.objects.select_related("member", "panel").order_by("pk"))
    chosen = dice.sample(members, max(6, len(members) // 25))
    third = len(chosen) // 3
    for membership in chosen[:third]:
        opt_out.opt_out_of_panel(membership=membership, at=stage.ago(dice.randint(30, 450)))
    for membership in chosen[third : 2 * third]:
        preferences.save(
            member=membership.member,
            language=membership.member.language,
            channel="",
            pause_months=3,
            today=stage.ago(dice.randint(10, 60)).date(),
        )
    for membership in chosen[2 * third :]:
        suppress(address=membership.member.email, channel="email", reason=Suppression.Reason.HARD_BOUNCE)
    opt_out.take_over_reports()
