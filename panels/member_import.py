"""People of a panel from a file. Everything is looked through first; then it is written, a few thousand at a time.

A row is refused for: no address; an address or number nobody can write to; an address or number that stands in the
file already, or that belongs to two people of the register; a language, unit, attribute value or day that is not
known; a formula; somebody who asked not to be written to. Unless `skip_refused` is given, one refused row refuses the
whole file. Taking the same file again changes nothing.

Somebody who is in the register already is found by address or number and joins the panel. What they, or somebody
before, wrote is kept: only what was empty is filled in, and what the panel itself knows of them is brought up to date.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from datetime import time as time_of_day
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from modeltranslation.utils import build_localized_fieldname

import cxportal.any_of  # noqa: F401
from cxportal.dispatch.addresses import AddressNotPossible
from cxportal.dispatch.models import ChannelOfMessage, Suppression
from cxportal.languages import LANGUAGES
from cxportal.organisation.figure_import import day_of
from cxportal.organisation.importing import (
    FileRefused,
    Outcome,
    Refusal,
    Row,
    RowRefused,
    Table,
    open_table,
    words_of,
)
from cxportal.organisation.models import Language, Unit
from cxportal.organisation.spreadsheets import alive
from panels.contact import Contact, contact_of
from panels.models import (
    AddressState,
    Attribute,
    Consent,
    ConsentKind,
    Member,
    Membership,
    Panel,
    Way,
)
from panels.models.register import new_subject
from panels.opt_out import STOPS_IMPORT
from surveys.bulk_rows import in_turn, next_ids, stored_moment, write_rows, written_in_turn

ROWS_AT_A_TIME = 1000
MOST_ROWS = 250_000
"""So many people fit into the memory an import may use."""
ATTRIBUTE = "attribute:"
KNOWN_HEADINGS = {
    "email": [
        "email",
        "e-mail",
        "mail",
        "e-mail address",
        "email address",
        "sähköposti",
        "e-post",
        "courriel",
    ],
    "phone": [
        "phone",
        "mobile",
        "phone number",
        "mobile number",
        "telephone",
        "puhelin",
        "telefon",
        "téléphone",
    ],
    "name": ["name", "full name", "nimi", "namn", "nom"],
    "first_name": ["first name", "first_name", "etunimi", "förnamn", "prénom"],
    "last_name": ["last name", "last_name", "surname", "sukunimi", "efternamn"],
    "organisation": [
        "organisation",
        "organization",
        "company",
        "employer",
        "organisaatio",
        "yritys",
        "företag",
    ],
    "language": ["language", "kieli", "språk", "langue"],
    "unit": ["unit", "unit code", "yksikkö", "enhet"],
    "channel": ["channel", "by", "kanava", "kanal"],
    "consent_on": ["consent_on", "consent on", "consent", "consented on", "agreed on"],
    "joined_on": ["joined_on", "joined", "member since"],
}
LONGEST_NAME = 200
INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
NUMBER = re.compile(r"[+＋]?[\d\s().\-/]+")
FORMULA = re.compile(r"\s*(?:[=＝]|[+\-@＋－＠].*[(|!])", re.S)
CHANNELS = {
    "email": "email",
    "e-mail": "email",
    "mail": "email",
    "sms": "sms",
    "text message": "sms",
    "text": "sms",
    "phone": "sms",
}
MEMBER_COLUMNS = (
    *("id", "name", "organisation", "email", "email_folded", "email_hash", "phone", "phone_hash", "language"),
    *("mail_state", "sms_state", "created_on"),
)
MEMBERSHIP_COLUMNS = (
    *("id", "member_id", "panel_id", "subject", "attributes", "unit_id", "channel", "joined_on"),
)
CONSENT_COLUMNS = ("membership_id", "panel_id", "wording_id", "kind", "way", "at")


class Incoming(NamedTuple):
    """What one row says of a person; empty or None where it says nothing."""

    line: int
    contact: Contact
    name: str
    organisation: str
    language: str
    unit_id: int | None
    channel: str
    attributes: dict[str, str]
    joined_on: date | None
    consent_on: date | None


Progress = Callable[[int, int], None]
"""Called with how many rows are done and how many there are."""


def no_progress(done: int, rows: int) -> None:
    """Nobody watches."""


@dataclass
class Surroundings:
    """What the rows are held against, looked up once."""

    panel: Panel
    default_language: str
    units: dict[str, int]
    attributes: dict[str, dict[str, str]]
    """Code -> what may stand in a cell, in small letters -> code of the value."""
    wordings: dict[str, int]
    consent_on: date | None
    at: datetime
    same_attributes: dict[tuple[tuple[str, str], ...], dict[str, str]] = field(default_factory=dict)
    """Kept once, however many people have them."""
    seen_emails: dict[str, int] = field(default_factory=dict)
    seen_phones: dict[str, int] = field(default_factory=dict)
    seen_members: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, panel: Panel, *, language: str, consent_on: date | None) -> "Surroundings":
        return cls(
            panel=panel,
            default_language=language or Language.offered()[0],
            units=dict(Unit.objects.values_list("code", "pk")),
            attributes={attribute.code: _spellings(attribute) for attribute in panel.attributes.all()},
            wordings=dict(
                panel.wordings.order_by("version").values_list("language", "pk")  # the last one wins
            ),
            consent_on=consent_on,
            at=timezone.now(),
        )

    @cached_property
    def today(self) -> date:
        return timezone.localdate(self.at)

    def wording_for(self, language: str) -> int:
        return self.wordings.get(language) or next(reversed(self.wordings.values()))


def import_members(
    panel: Panel,
    file: Path,
    *,
    columns: Mapping[str, str] | None = None,
    encoding: str = "",
    delimiter: str = "",
    language: str = "",
    consent_on: date | None = None,
    skip_refused: bool = False,
    check: bool = False,
    progress: Progress = no_progress,
) -> tuple[Table, Outcome]:
    """Raises FileRefused when the file cannot be read as a table.

    `language` is that of people whose row names none; `consent_on` the day on which people agreed whose row names
    none, empty where they did not agree by this list.
    """
    table = open_table(
        file,
        known_headings=known_headings(panel),
        chosen=columns or {},
        required=[],
        encoding=encoding,
        delimiter=delimiter,
    )
    if not {"email", "phone"} & table.columns.keys():
        raise FileRefused(file, _no_address_column(table), line=1)
    around = Surroundings.of(panel, language=language, consent_on=consent_on)
    if (consent_on or "consent_on" in table.columns) and not around.wordings:
        raise FileRefused(
            file, _("The panel has no consent wording yet. Write it first: people agreed to words.")
        )
    outcome = Outcome()
    people = _read(table, around, outcome.refused)
    if check or not skip_refused:  # nothing is written before the last row has been looked at
        _go_through(people, around, outcome, write=False, progress=progress)
    if not check and skip_refused:
        _go_through(people, around, outcome, write=True, progress=progress)
    elif not check and not outcome.refused:
        _go_through(people, around, Outcome(), write=True, progress=progress)
    outcome.is_written = not check and (skip_refused or not outcome.refused)
    outcome.refused.sort()
    return table, outcome


def known_headings(panel: Panel) -> dict[str, str]:
    """Heading in small letters -> our column; attributes by their code or their name in any language."""
    known = {heading: column for column, headings in KNOWN_HEADINGS.items() for heading in headings}
    for attribute in panel.attributes.all():
        names = [attribute.code] + [
            getattr(attribute, build_localized_fieldname("name", code)) or "" for code in LANGUAGES
        ]
        for name in names:
            if name:
                known.setdefault(name.casefold(), ATTRIBUTE + attribute.code)
    return known


def _no_address_column(table: Table) -> str:
    return _(
        "There is no column with e-mail addresses or phone numbers. The headings are: %(headings)s."
        " Say which one it is with --column email=HEADING."
    ) % {"headings": " | ".join(table.headings)}


def _spellings(attribute: Attribute) -> dict[str, str]:
    values = attribute.values
    return {str(value["name"]).casefold(): value["code"] for value in values} | {
        value["code"].casefold(): value["code"] for value in values
    }


# ---------- reading ----------


def _read(table: Table, around: Surroundings, refused: list[Refusal]) -> list[Incoming]:
    people: list[Incoming] = []
    for row in table.rows(refused):
        if len(people) >= MOST_ROWS:
            raise FileRefused(
                table.file, _("There are more than %(count)d rows. Split the file.") % {"count": MOST_ROWS}
            )
        try:
            people.append(_understand(row, around))
        except RowRefused as error:
            refused.append(Refusal(row.line, _shown(row.cells), str(error)))
    around.seen_emails.clear()
    around.seen_phones.clear()
    return people


def _shown(cells: Mapping[str, str]) -> str:
    """By what whoever brought the file finds the row again."""
    return (cells.get("email") or cells.get("phone") or "")[:80]


def _understand(row: Row, around: Surroundings) -> Incoming:
    cells = {column: alive(cell) for column, cell in row.cells.items()}
    for cell in cells.values():
        if cell and FORMULA.match(cell) and not NUMBER.fullmatch(cell):
            raise RowRefused(_("A cell holds a formula: “%(cell)s”.") % {"cell": cell[:60]})
    contact = _contact(cells)
    _refuse_doubles(contact, row.line, around)
    return Incoming(
        line=row.line,
        contact=contact,
        name=_name(cells),
        organisation=_line_of(cells.get("organisation", "")),
        language=_language(cells.get("language", "")),
        unit_id=_unit(cells.get("unit", ""), around),
        channel=_channel(cells.get("channel", ""), contact),
        attributes=_attributes(cells, around),
        joined_on=_past_day(cells.get("joined_on", ""), around),
        consent_on=_past_day(cells.get("consent_on", ""), around) or around.consent_on,
    )


def _contact(cells: Mapping[str, str]) -> Contact:
    email, phone = cells.get("email", ""), cells.get("phone", "")
    if not email and not phone:
        raise RowRefused(_("There is neither an e-mail address nor a phone number."))
    if INVISIBLE.search(email) or INVISIBLE.search(phone):
        raise RowRefused(_("There is a line break or another invisible sign in the address."))
    try:
        return contact_of(email=email, phone=phone)
    except AddressNotPossible as error:
        # the reasons of dispatch are for its log: here they are said to a person
        raise RowRefused(_address_reason(email, phone)) from error


def _address_reason(email: str, phone: str) -> str:
    try:
        contact_of(email=email)
    except AddressNotPossible:
        return _("“%(address)s” is no e-mail address that can be written to.") % {"address": email[:80]}
    return _(
        "“%(number)s” is no phone number that can be written to; it begins with + and the code of its country."
    ) % {"number": phone[:40]}


def _refuse_doubles(contact: Contact, line: int, around: Surroundings) -> None:
    for seen, address in ((around.seen_emails, contact.email_folded), (around.seen_phones, contact.phone)):
        if address and seen.setdefault(address, line) != line:
            raise RowRefused(
                _("The address or number stands in line %(line)d already.") % {"line": seen[address]}
            )


def _name(cells: Mapping[str, str]) -> str:
    parts = [cells.get("first_name", ""), cells.get("last_name", "")]
    return _line_of(cells.get("name") or " ".join(part for part in parts if part))


def _line_of(cell: str) -> str:
    """Line breaks become spaces: a name is one line wherever it is shown."""
    text = words_of(cell)
    if len(text) > LONGEST_NAME:
        raise RowRefused(_("A name is longer than %(count)d letters.") % {"count": LONGEST_NAME})
    if not text.isprintable():
        text = "".join(letter for letter in text if letter.isprintable() or letter in "\u200c\u200d")
    return text


@lru_cache(maxsize=500)
def _language_code(cell: str) -> str:
    wanted = cell.casefold().replace("_", "-")
    for language in LANGUAGES.values():
        if wanted in {language.code, language.name.casefold(), language.native_name.casefold()}:
            return language.code
    short = wanted.partition("-")[0]
    return short if short in LANGUAGES else ""


def _language(cell: str) -> str:
    if not cell:
        return ""
    code = _language_code(cell[:40])
    if not code:
        raise RowRefused(_("The language “%(language)s” is not known.") % {"language": cell[:40]})
    return code


def _unit(cell: str, around: Surroundings) -> int | None:
    if not cell:
        return None
    if cell not in around.units:
        raise RowRefused(_("There is no unit %(code)s.") % {"code": cell[:80]})
    return around.units[cell]


def _channel(cell: str, contact: Contact) -> str:
    if not cell:
        return ""
    channel = CHANNELS.get(cell.casefold())
    if channel is None:
        raise RowRefused(
            _("The channel “%(channel)s” is not known. Known are: email, sms.") % {"channel": cell[:40]}
        )
    if not (contact.email if channel == ChannelOfMessage.EMAIL else contact.phone):
        raise RowRefused(_("There is no address for the channel “%(channel)s”.") % {"channel": cell[:40]})
    return channel


def _attributes(cells: Mapping[str, str], around: Surroundings) -> dict[str, str]:
    found = {}
    for code, spellings in around.attributes.items():
        if cell := cells.get(ATTRIBUTE + code, ""):
            if cell.casefold() not in spellings:
                raise RowRefused(
                    _("“%(value)s” is no value of %(attribute)s. Known are: %(values)s.")
                    % {
                        "value": cell[:60],
                        "attribute": code,
                        "values": ", ".join(dict.fromkeys(spellings.values())),
                    }
                )
            found[code] = spellings[cell.casefold()]
    return around.same_attributes.setdefault(tuple(found.items()), found)


_day = lru_cache(maxsize=1000)(day_of)


def _past_day(cell: str, around: Surroundings) -> date | None:
    if not cell:
        return None
    day = _day(cell.partition(" ")[0])
    if day > around.today:
        raise RowRefused(_("The day %(day)s has not come yet.") % {"day": day})
    return day


# ---------- against the register ----------


class Found(NamedTuple):
    """What the register knows of the people of one chunk."""

    by_email: dict[str, Member]
    by_phone: dict[str, Member]
    stopped: set[str]
    """Hashes of those who do not want to be written to, or were erased."""
    dead: set[str]
    """Hashes of addresses that do not exist."""


class Chunk(NamedTuple):
    """People of some rows, none of them refused."""

    rows: int
    new: list[Incoming]
    known: list[tuple[Incoming, Member]]
    dead: set[str]


def _go_through(
    people: list[Incoming], around: Surroundings, outcome: Outcome, *, write: bool, progress: Progress
) -> None:
    around.seen_members.clear()
    pieces = in_turn(people) if write else _chunks(people)
    chunks = (_sort_out(rows, around, outcome.refused) for rows in pieces)
    take, compare = partial(_take, around), partial(_compare, around)
    done = 0
    for rows, part in written_in_turn(chunks, take) if write else map(compare, chunks):
        outcome.add(part)
        done += rows
        progress(done, len(people))


def _chunks(people: list[Incoming]) -> Iterator[list[Incoming]]:
    for start in range(0, len(people), ROWS_AT_A_TIME):
        yield people[start : start + ROWS_AT_A_TIME]


def _sort_out(rows: Sequence[Incoming], around: Surroundings, refused: list[Refusal]) -> Chunk:
    """Who is new, who is known, who is refused. One after the other, so that the same rows are refused each time."""
    found = _look_up(rows, around)
    chunk = Chunk(len(rows), [], [], found.dead)
    for person in rows:
        try:
            member = _member_of(person, found, around)
        except RowRefused as error:
            refused.append(_refusal_of(person, error))
            continue
        if member is None:
            chunk.new.append(person)
        else:
            chunk.known.append((person, member))
    return chunk


def _refusal_of(person: Incoming, error: RowRefused) -> Refusal:
    return Refusal(person.line, (person.contact.email or person.contact.phone)[:80], str(error))


def _compare(around: Surroundings, chunk: Chunk) -> tuple[int, Outcome]:
    """What taking them would do."""
    outcome = Outcome(new=len(chunk.new))
    _update(chunk.known, around, outcome, write=False)
    return chunk.rows, outcome


def _take(around: Surroundings, chunk: Chunk) -> tuple[int, Outcome]:
    """Inside a transaction. Whoever is known is read once more and kept from changing meanwhile."""
    outcome = Outcome(new=len(chunk.new))
    ids = [member.pk for _person, member in chunk.known]
    locked = Member.objects.select_for_update().order_by("pk").in_bulk(ids)
    known: list[tuple[Incoming, Member]] = []
    for person, member in chunk.known:
        if member.pk in locked:
            known.append((person, locked[member.pk]))
        else:
            outcome.refused.append(_refusal_of(person, _no_more()))
    _update(known, around, outcome, write=True)
    _add(chunk.new, chunk.dead, around)
    return chunk.rows, outcome


def _look_up(chunk: Sequence[Incoming], around: Surroundings) -> Found:
    emails = [person.contact.email_folded for person in chunk if person.contact.email_folded]
    phones = [person.contact.phone for person in chunk if person.contact.phone]
    members = Member.objects.order_by()
    by_email = {member.email_folded: member for member in members.with_emails(emails)}
    by_phone = {member.phone: member for member in members.with_phones(phones)}
    hashes = [digest for person in chunk for digest in _hashes(person.contact)]
    suppressed = Suppression.objects.filter(
        Q(scope="") | Q(scope=around.panel.unsubscribe_scope), address_hash__any_of=hashes
    ).values_list("address_hash", "reason")
    reasons = list(suppressed.order_by())
    return Found(
        by_email,
        by_phone,
        stopped={digest for digest, reason in reasons if reason in STOPS_IMPORT},
        dead={digest for digest, reason in reasons if reason == Suppression.Reason.HARD_BOUNCE},
    )


def _hashes(contact: Contact) -> Iterator[str]:
    if contact.email_hash:
        yield contact.email_hash
    if contact.phone_hash:
        yield contact.phone_hash


def _member_of(person: Incoming, found: Found, around: Surroundings) -> Member | None:
    if not found.stopped.isdisjoint(_hashes(person.contact)):
        raise _no_more()
    one = found.by_email.get(person.contact.email_folded) if person.contact.email_folded else None
    other = found.by_phone.get(person.contact.phone) if person.contact.phone else None
    if one and other and one.pk != other.pk:
        raise RowRefused(_("The address and the number belong to two different people of the register."))
    member = one or other
    if member and around.seen_members.setdefault(member.pk, person.line) != person.line:
        raise RowRefused(
            _("This is the same person as in line %(line)d.") % {"line": around.seen_members[member.pk]}
        )
    return member


def _no_more() -> RowRefused:
    return RowRefused(_("This person asked not to be written to, or was erased."))


def _update(
    known: Sequence[tuple[Incoming, Member]], around: Surroundings, outcome: Outcome, *, write: bool
) -> None:
    ids = [member.pk for _person, member in known]
    here = Membership.objects.filter(panel=around.panel, member__in=ids) if ids else []
    memberships_by_member = {membership.member_id: membership for membership in here}
    members, memberships, joining = [], [], []
    for person, member in known:
        is_changed = _fill_in(member, person)
        if is_changed:
            members.append(member)
        membership = memberships_by_member.get(member.pk)
        if membership is None:
            joining.append((member.pk, person))
        elif _bring_up_to_date(membership, person):
            memberships.append(membership)
        elif not is_changed:
            outcome.unchanged += 1
            continue
        outcome.changed += 1
    if write:
        Member.objects.bulk_update(
            members, ["name", "organisation", *Contact._fields], batch_size=ROWS_AT_A_TIME
        )
        Membership.objects.bulk_update(
            memberships, ["attributes", "unit", "channel"], batch_size=ROWS_AT_A_TIME
        )
        _join(joining, around)


def _fill_in(member: Member, person: Incoming) -> bool:
    """Only what was empty. An address that is there already is the person's own business."""
    wanted: dict[str, str] = {"name": person.name, "organisation": person.organisation}
    if not member.email:
        wanted |= {name: getattr(person.contact, name) for name in ("email", "email_folded", "email_hash")}
    if not member.phone:
        wanted |= {name: getattr(person.contact, name) for name in ("phone", "phone_hash")}
    filled = {name: value for name, value in wanted.items() if value and not getattr(member, name)}
    for name, value in filled.items():
        setattr(member, name, value)
    return bool(filled)


def _bring_up_to_date(membership: Membership, person: Incoming) -> bool:
    wanted: dict[str, Any] = {}
    attributes = membership.attributes | person.attributes
    if attributes != membership.attributes:
        wanted["attributes"] = attributes
    if person.unit_id and person.unit_id != membership.unit_id:
        wanted["unit_id"] = person.unit_id
    if person.channel and not membership.channel:
        wanted["channel"] = person.channel
    for name, value in wanted.items():
        setattr(membership, name, value)
    return bool(wanted)


# ---------- writing ----------


def _add(people: Sequence[Incoming], dead: set[str], around: Surroundings) -> None:
    ids = next_ids(Member, len(people))
    write_rows(
        Member,
        MEMBER_COLUMNS,
        (
            (
                *(pk, person.name, person.organisation, *person.contact),
                *(person.language or around.default_language, *_states(person.contact, dead)),
                str(around.today),
            )
            for pk, person in zip(ids, people, strict=True)
        ),
    )
    _join(list(zip(ids, people, strict=True)), around)


def _states(contact: Contact, dead: set[str]) -> tuple[str, str]:
    email, phone = (
        AddressState.HARD.value if digest in dead else AddressState.OK.value
        for digest in (contact.email_hash, contact.phone_hash)
    )
    return email, phone


def _join(joining: Sequence[tuple[int, Incoming]], around: Surroundings) -> None:
    ids = next_ids(Membership, len(joining))
    panel_id = around.panel.pk
    write_rows(
        Membership,
        MEMBERSHIP_COLUMNS,
        (
            (
                *(pk, member_id, panel_id, new_subject(), json.dumps(person.attributes), person.unit_id),
                *(person.channel, str(person.joined_on or around.today)),
            )
            for pk, (member_id, person) in zip(ids, joining, strict=True)
        ),
    )
    write_rows(
        Consent,
        CONSENT_COLUMNS,
        (
            (
                *(pk, panel_id, around.wording_for(person.language or around.default_language)),
                *(ConsentKind.GIVEN.value, Way.IMPORT.value, _noon(person.consent_on)),
            )
            for pk, (_member_id, person) in zip(ids, joining, strict=True)
            if person.consent_on
        ),
    )


@lru_cache(maxsize=1000)
def _noon(day: date) -> str:
    """The hour is not known; noon is the same day everywhere in the country."""
    return str(stored_moment(timezone.make_aware(datetime.combine(day, time_of_day(12)))))
