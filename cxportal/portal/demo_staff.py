"""A small agency to try the portal with: units, services, topics and five people with a role each."""

from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from cxportal.organisation.models import Agency, Role, Service, StaffRole, Stage, Topic, Unit, User

Names = tuple[str, str, str]
AGENCY: Names = ("Service Agency", "Palveluvirasto", "Serviceverket")
UNITS: list[tuple[str, str | None, str, Names]] = [
    ("agency", None, "agency", AGENCY),
    (
        "helsinki",
        "agency",
        "service_point",
        ("Helsinki service point", "Helsingin palvelupiste", "Helsingfors serviceställe"),
    ),
    ("helsinki-1", "helsinki", "desk", ("Helsinki, desk 1", "Helsinki, tiski 1", "Helsingfors, disk 1")),
    ("helsinki-2", "helsinki", "desk", ("Helsinki, desk 2", "Helsinki, tiski 2", "Helsingfors, disk 2")),
    ("helsinki-3", "helsinki", "desk", ("Helsinki, desk 3", "Helsinki, tiski 3", "Helsingfors, disk 3")),
    (
        "tampere",
        "agency",
        "service_point",
        ("Tampere service point", "Tampereen palvelupiste", "Tammerfors serviceställe"),
    ),
    ("tampere-1", "tampere", "desk", ("Tampere, desk 1", "Tampere, tiski 1", "Tammerfors, disk 1")),
    ("tampere-2", "tampere", "desk", ("Tampere, desk 2", "Tampere, tiski 2", "Tammerfors, disk 2")),
    (
        "reception",
        "agency",
        "department",
        ("Reception services", "Vastaanottopalvelut", "Mottagningstjänster"),
    ),
    (
        "oulu-reception",
        "reception",
        "facility",
        ("Oulu reception centre", "Oulun vastaanottokeskus", "Uleåborgs förläggning"),
    ),
]
SERVICES: list[tuple[str, Names]] = [
    (
        "work-permit",
        ("Residence permit for work", "Oleskelulupa työn perusteella", "Uppehållstillstånd för arbete"),
    ),
    (
        "family-permit",
        (
            "Residence permit for family",
            "Oleskelulupa perhesiteen perusteella",
            "Uppehållstillstånd på grund av familjeband",
        ),
    ),
    (
        "reception",
        ("Reception of asylum seekers", "Turvapaikanhakijoiden vastaanotto", "Mottagande av asylsökande"),
    ),
]
TOPICS: list[tuple[str, Names]] = [
    ("waiting-time", ("Waiting time", "Odotusaika", "Väntetid")),
    ("clear-guidance", ("Clear guidance", "Selkeä neuvonta", "Tydlig rådgivning")),
    ("treatment", ("How people are treated", "Kohtelu", "Bemötande")),
    ("languages", ("Service in my language", "Palvelu omalla kielellä", "Service på mitt språk")),
    ("e-service", ("E-service", "Sähköinen asiointi", "E-tjänst")),
    ("premises", ("Premises and queues", "Tilat ja jonot", "Lokaler och köer")),
    ("decision", ("Understanding the decision", "Päätöksen ymmärrettävyys", "Begripligt beslut")),
    ("food", ("Food in reception centres", "Ruoka vastaanottokeskuksissa", "Maten på förläggningar")),
]  # fmt: skip


class Person(NamedTuple):
    username: str
    first_name: str
    role: Role
    unit: str | None
    language: str


PEOPLE = [
    Person("chiara", "Chiara", Role.CX_TEAM, None, "en"),
    Person("aino", "Aino", Role.MANAGER, "helsinki", ""),
    Person("bram", "Bram", Role.STAFF, "tampere", ""),
    Person("elif", "Elif", Role.VIEWER, "tampere", ""),
    Person("dimitri", "Dimitri", Role.ADMINISTRATOR, None, "en"),
]


class NotInProduction(Exception):
    """Demo log-ins have one password that is printed on a screen."""


def demo_password() -> str:
    """The same at every start of one installation, and known to nobody outside it."""
    letters = salted_hmac("demo log-ins", "all of them", algorithm="sha256").hexdigest()
    return f"demo-{letters[:4]}-{letters[4:8]}-{letters[8:12]}"


@transaction.atomic
def create_demo_staff() -> list[Person]:
    """Make what is not there yet; what somebody has changed since stays as it is."""
    if settings.PRODUCTION:
        raise NotInProduction
    if not Agency.objects.exists():
        Agency(**_in_three_languages(AGENCY)).save()
    units = _units()
    _services_and_topics()
    for person in PEOPLE:
        user, is_new = User.objects.get_or_create(
            username=person.username,
            defaults={
                "first_name": person.first_name,
                "language": person.language,
                "email": f"{person.username}@agency.example",
            },
        )
        if is_new:
            StaffRole.objects.create(user=user, role=person.role, unit=units.get(person.unit))
            user.set_password(demo_password())
            user.save(update_fields=["password"])
    return PEOPLE


def _in_three_languages(names: Names) -> dict[str, str]:
    return dict(zip(("name_en", "name_fi", "name_sv"), names, strict=True))


def _units() -> dict[str | None, Unit]:
    units: dict[str | None, Unit] = {}
    for code, parent, kind, names in UNITS:
        units[code], _ = Unit.objects.get_or_create(
            code=code, defaults={"parent": units.get(parent), "kind": kind, **_in_three_languages(names)}
        )
    return units


def _services_and_topics() -> None:
    for position, (code, names) in enumerate(SERVICES):
        service, is_new = Service.objects.get_or_create(
            code=code, defaults={"position": position, **_in_three_languages(names)}
        )
        if is_new:
            service.stages.set(Stage.objects.all())
    for position, (code, names) in enumerate(TOPICS):
        Topic.objects.get_or_create(code=code, defaults={"position": position, **_in_three_languages(names)})
