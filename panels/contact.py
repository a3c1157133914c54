"""E-mail addresses and numbers of members, each in the forms the register keeps. The policy: docs/addresses.md."""

import unicodedata
from typing import NamedTuple

from cxportal.dispatch.addresses import (
    AddressNotPossible,
    address_hash,
    normal_address,
    number_given_out,
)
from panels.models import Member


class Contact(NamedTuple):
    """How somebody can be reached; empty where they cannot. The names are those of the columns of Member."""

    email: str = ""
    email_folded: str = ""
    email_hash: str = ""
    phone: str = ""
    phone_hash: str = ""

    @property
    def channel(self) -> str:
        return "email" if self.email else "sms"

    @property
    def address(self) -> str:
        return self.email or self.phone


def contact_of(*, email: str = "", phone: str = "") -> Contact:
    """Raises AddressNotPossible for what no gateway could write to."""
    shown = unicodedata.normalize("NFC", email).strip(" ")
    folded = normal_address(shown, "email").casefold() if shown else ""
    # dispatch sends to every possible number; the register takes only those that a country has given out
    number = number_given_out(phone.strip(" ")) if phone.strip(" ") else ""
    return Contact(
        folded if folded == shown else shown,  # one text in memory, where a file has a hundred thousand
        folded,
        address_hash(folded, "email") if folded else "",
        number,
        address_hash(number, "sms") if number else "",
    )


def contact_from(typed: str) -> Contact:
    """One field for both: what holds an @ is an e-mail address, everything else a number."""
    return contact_of(email=typed) if "@" in typed or "＠" in typed else contact_of(phone=typed)


def member_with(contact: Contact) -> Member | None:
    """The person in the register who has this address or number. Raises AddressNotPossible if they are two."""
    found = set()
    if contact.email_folded:
        found |= set(Member.objects.with_emails([contact.email_folded]))
    if contact.phone:
        found |= set(Member.objects.with_phones([contact.phone]))
    if len(found) > 1:
        raise AddressNotPossible("The address belongs to one person and the number to another.")
    return found.pop() if found else None


def take_contact(member: Member, contact: Contact) -> None:
    """Put what the contact says into the row; what it leaves empty stays. A new address is not yet known to fail."""
    if contact.email_folded and contact.email_folded != member.email_folded:
        member.mail_state = "ok"
    if contact.phone and contact.phone != member.phone:
        member.sms_state = "ok"
    for column, value in contact._asdict().items():
        if value:
            setattr(member, column, value)
