"""How many parts a text message is charged as: 3GPP TS 23.038 (alphabet) and 23.040 (joined parts)."""

from typing import NamedTuple

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("\f^{}\\[~]|€")


class SmsLength(NamedTuple):
    """`units` are septets in the GSM alphabet and 16-bit code units in UCS-2; `parts` is what is charged."""

    alphabet: str
    units: int
    parts: int

    @property
    def units_per_part(self) -> int:
        return _limits(self.alphabet)[0 if self.parts <= 1 else 1]


def sms_length(text: str) -> SmsLength:
    if all(sign in GSM_BASIC or sign in GSM_EXTENDED for sign in text):
        alphabet, sizes = "gsm7", [2 if sign in GSM_EXTENDED else 1 for sign in text]
    else:
        alphabet, sizes = "ucs2", [2 if ord(sign) > 0xFFFF else 1 for sign in text]
    return SmsLength(alphabet, sum(sizes), _parts(sizes, *_limits(alphabet)))


def _limits(alphabet: str) -> tuple[int, int]:
    """Units in a message of one part, and in each of several (six bytes go to the joining header)."""
    return (160, 153) if alphabet == "gsm7" else (70, 67)


def _parts(sizes: list[int], alone: int, joined: int) -> int:
    """An escaped sign or a surrogate pair is never cut in two, so a part may end one unit early."""
    if sum(sizes) <= alone:
        return 1 if sizes else 0
    parts, used = 1, 0
    for size in sizes:
        if used + size > joined:
            parts, used = parts + 1, 0
        used += size
    return parts
