"""Addresses of people: what can be written to, in one spelling, and the keyed hash that stands for it."""

import re
import unicodedata
from functools import lru_cache

import phonenumbers

from cxportal.dispatch.models import Suppression
from cxportal.keys import store

KEY = "suppression"
LOCAL_PART = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\U0010ffff-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\U0010ffff-]+)*"
)
DOMAIN = re.compile(r"(?=.{4,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
LONGEST_LOCAL_PART_BYTES = 64
LONGEST_ADDRESS_BYTES = 254


class AddressNotPossible(ValueError):
    """No gateway could deliver to it, or it would smuggle something into a header."""


def normal_address(address: str, channel: str) -> str:
    """The spelling that is handed to the gateway. Raises AddressNotPossible."""
    return _normal_number(address) if channel == "sms" else _normal_email(address)


def number_given_out(number: str) -> str:
    """The normal spelling of a number that a country has given out. Raises AddressNotPossible for every other one."""
    return _normal_number(number, is_given_out=True)


def address_hash(address: str, channel: str) -> str:
    """Keyed hash of a normal address. Spellings that reach the same mailbox in practice have one hash."""
    spelling = address.casefold() if channel == "email" else address
    try:
        return store.keyed_hash(KEY, spelling, purpose="address")
    except store.KeyDestroyed:
        raise
    except store.KeyMissing:
        if Suppression.objects.exists():
            raise  # under a new key nobody who opted out would be known any more
        store.create(KEY)
    return store.keyed_hash(KEY, spelling, purpose="address")


def keys_in_use() -> list[str]:
    return [KEY] if Suppression.objects.exists() else []


def masked(address: str) -> str:
    """Enough to recognise an address that one knows already: a***@example.org, +358***67."""
    local, at, domain = address.rpartition("@")
    if at:
        return f"{local[:1]}***@{domain}"
    return f"{address[:4]}***{address[-2:]}" if address else ""


def _normal_email(address: str) -> str:
    local, at, domain = unicodedata.normalize("NFC", address).strip(" ").rpartition("@")
    if not at or not LOCAL_PART.fullmatch(local) or _has_invisible(local):
        raise AddressNotPossible("This is not an e-mail address.")
    if len(local.encode()) > LONGEST_LOCAL_PART_BYTES:
        raise AddressNotPossible("The part before the @ is too long.")
    normal = f"{local}@{_ascii_domain(domain)}"
    if len(normal.encode()) > LONGEST_ADDRESS_BYTES:
        raise AddressNotPossible("The address is too long.")
    return normal


def _has_invisible(text: str) -> bool:
    """Among the letters that LOCAL_PART lets through, so none of ASCII."""
    return not text.isascii() and any(unicodedata.category(letter)[0] in "CZ" for letter in text)


@lru_cache(maxsize=256)
def _ascii_domain(domain: str) -> str:
    try:
        encoded = domain.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise AddressNotPossible("The part after the @ is not a domain.") from error
    if not DOMAIN.fullmatch(encoded):
        raise AddressNotPossible("The part after the @ is not a domain.")
    return encoded


def _normal_number(number: str, *, is_given_out: bool = False) -> str:
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException as error:
        raise AddressNotPossible("A number must begin with + and the code of its country.") from error
    if is_given_out and not phonenumbers.is_valid_number(parsed):
        raise AddressNotPossible("No country has given out such a telephone number.")
    if not is_given_out and not phonenumbers.is_possible_number(parsed):
        raise AddressNotPossible("There is no such telephone number.")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
