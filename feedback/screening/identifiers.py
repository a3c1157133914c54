"""National numbers of persons. Where a country has a checksum, it must be right."""

import re
from collections.abc import Callable
from datetime import date

from stdnum import iban, luhn
from stdnum.be import bis, nn
from stdnum.cz import rc
from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.ee import ik
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nif, nir
from stdnum.it import codicefiscale
from stdnum.lt import asmens
from stdnum.lv import pvn
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.pl import pesel

Check = Callable[[str], bool]


def is_swedish(digits: str) -> bool:
    """Personal and coordination numbers; of the latter the day is 60 higher."""
    if not luhn.is_valid(digits[-10:]):
        return False
    month, day = int(digits[-8:-6]), int(digits[-6:-4])
    if len(digits) == 12 and not 1850 <= int(digits[:4]) <= date.today().year:
        return False
    return 1 <= month <= 12 and 1 <= day - 60 * (day > 60) <= 31


def is_latvian(digits: str) -> bool:
    """The new ones begin with 32 and tell no date."""
    return digits[0] in "0123" and pvn.is_valid(digits)


def is_finnish(number: str) -> bool:
    return hetu.is_valid(number, allow_temporary=True)


OF_DIGITS: dict[int, list[Check]] = {
    9: [bsn.is_valid, rc.is_valid],
    10: [is_swedish, cpr.is_valid, rc.is_valid],
    11: [
        *(fodselsnummer.is_valid, ik.is_valid, asmens.is_valid, is_latvian),
        *(pesel.is_valid, nn.is_valid, bis.is_valid, idnr.is_valid),
    ],
    12: [is_swedish],
    13: [nif.is_valid],
    15: [nir.is_valid],
}

# With letters: shape, check. The shape is found in the text, its separators are taken out before the check.
_EDGE, _END = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
WITH_LETTERS: list[tuple[re.Pattern[str], Check]] = [
    (re.compile(_EDGE + r"\d{6}[-+A-FU-Ya-fu-y]\d{3}[0-9A-Za-z]" + _END), is_finnish),
    (re.compile(_EDGE + r"\d{2}\.?\d{3}\.?\d{3}[- ]?[A-Za-z]" + _END), dni.is_valid),
    (re.compile(_EDGE + r"[XYZxyz][- ]?\d\.?\d{3}\.?\d{3}[- ]?[A-Za-z]" + _END), nie.is_valid),
    (
        re.compile(
            _EDGE
            + r"(?:[A-Za-z]{3} ?){2}[0-9L-Vl-v]{2}[A-EHLMPR-Ta-ehlmpr-t][0-9L-Vl-v]{2} ?[A-Za-z][0-9L-Vl-v]{3}[A-Za-z]"
            + _END
        ),
        codicefiscale.is_valid,
    ),
    (
        re.compile(_EDGE + r"[1-478] ?\d{2} ?\d{2} ?(?:2[ABab]) ?\d{3} ?\d{3} ?\d{2}" + _END),
        nir.is_valid,
    ),
]
ACCOUNT = re.compile(_EDGE + r"[A-Z]{2}\d{2}(?: ?[0-9A-Z]{4}){2,7}(?: ?[0-9A-Z]{1,3})?" + _END)


def is_account(text: str) -> bool:
    return iban.is_valid(text)


def is_identifier(digits: str) -> bool:
    return any(check(digits) for check in OF_DIGITS.get(len(digits), ()))


# Written as the country writes it, which few other numbers are: ddmmyy-nnnn, yymmdd-nnnn, yymmdd/nnn, 6-5, 3-2-1-3-2 ...
AS_WRITTEN = re.compile(
    r"(?:\d{6}|\d{8})[-+]\d{4}|\d{6}/\d{3,4}|\d{6}[- ]\d{5}|\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}|\d{6} \d{4}"
)
