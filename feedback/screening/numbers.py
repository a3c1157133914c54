"""Which numbers in a text belong to a person: dates, times, sums and things are set aside first."""

import re
from collections.abc import Iterator
from datetime import date

from feedback.folding import folded
from feedback.screening import cues, identifiers, phones

DIGITS_AT_LEAST, DIGITS_AT_MOST = 7, 15
MOST_GROUPS = 9

_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:1[89]|20|21)\d\d"
_TIME = r"(?:[01]?\d|2[0-4])[:.h][0-5]\d(?:[:.][0-5]\d)?"
_EDGE, _END = r"(?<![\w+])(?<!\d[-.,])", r"(?![\w/])(?!-\d)"
SET_ASIDE = [
    re.compile(pattern)
    for pattern in [
        # dates, with a time or another date after them
        rf"{_EDGE}{_DAY}[./-]\s?{_MONTH}[./-]\s?(?:{_YEAR}|\d\d)(?![\w/])(?![-.]\d)",
        rf"{_EDGE}{_YEAR}[./-]{_MONTH}[./-]{_DAY}(?:[T ]{_TIME})?(?![\w/])(?!-\d)",
        rf"{_EDGE}{_DAY}\.?\s?-\s?{_DAY}\.\s?{_MONTH}\.(?:\s?{_YEAR})?(?!\d)",
        rf"{_EDGE}{_TIME}(?:\s?-\s?{_TIME})?(?![\d:])(?!\.\d)(?!-\d{{3}})",
        rf"{_EDGE}(?:[01]\d|2[0-4])[0-5]\d\s?-\s?(?:[01]\d|2[0-4])[0-5]\d{_END}",
        rf"{_EDGE}{_YEAR}\s?[-/]\s?{_YEAR}{_END}",
        # 1.250.000,00 1,250,000.00 12.5 60.1699
        rf"{_EDGE}\d{{1,3}}(?:[.,']\d{{3}})+(?:[.,]\d{{1,2}})?(?![\w.,-]*\d)(?!-)",
        rf"{_EDGE}\d{{1,3}}(?:[ ]\d{{3}})+,\d{{1,2}}(?!\d)",
        rf"{_EDGE}\d+[.,]\d{{1,2}}(?![\d.,/-])(?!\s\d)",
        rf"{_EDGE}-?\d{{1,3}}\.\d{{4,8}}(?![\d-])",
        rf"{_EDGE}\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?![\d.])",
        # addresses on the web, with all the numbers in them
        r"(?:https?://|www\.)\S+",
    ]
]
RUN = re.compile(r"(?<![\d\w])[+(]{0,2}\d(?:[ ().\-+/]{0,3}\d){6,27}(?![\w])")
GROUP = re.compile(r"\d+")


def blank(text: str) -> str:
    """The text with dates, times, sums and web addresses as bars, everything else in its place."""
    for pattern in SET_ASIDE:
        text = pattern.sub(lambda match: "|" * len(match.group()), text)
    return text


def find(text: str) -> Iterator[tuple[int, int, str]]:
    """(from, to, kind) of phone numbers and identifiers made of digits."""
    if sum(sign.isdigit() for sign in text) < DIGITS_AT_LEAST:
        return
    readable = blank(text)
    for run in RUN.finditer(readable):
        yield from _in_run(text, run.group(), run.start())


def _in_run(text: str, run: str, offset: int) -> Iterator[tuple[int, int, str]]:
    """A run may hold several numbers, or one in groups: the longest that fits is taken, from the left."""
    groups = [match.span() for match in GROUP.finditer(run)]
    first = 0
    while first < len(groups):
        for last in range(min(len(groups), first + MOST_GROUPS), first, -1):
            start, end = groups[first][0], groups[last - 1][1]
            sizes = [to - begin for begin, to in groups[first:last]]
            if not DIGITS_AT_LEAST <= sum(sizes) <= DIGITS_AT_MOST:
                continue
            start -= _length_of_plus(run, start)
            kind = kind_of(text, run[start:end], sizes, offset + start, offset + end)
            if kind:
                yield offset + start, offset + end, kind
                first = last
                break
        else:
            first += 1


def _length_of_plus(run: str, start: int) -> int:
    before = re.search(r"[+(]{1,2}\Z", run[:start])
    return len(before.group()) if before else 0


def kind_of(text: str, number: str, sizes: list[int], start: int, end: int) -> str:
    digits = "".join(GROUP.findall(number))
    if number.startswith(("+", "(+")):
        return "phone" if phones.is_international(digits) else ""
    if digits.startswith("00") and phones.is_international(digits[2:]):
        return "phone"
    is_written_so = identifiers.AS_WRITTEN.fullmatch(number) is not None
    is_identifier = identifiers.is_identifier(digits)
    if is_written_so and is_identifier:
        return "identifier"
    is_phone = _is_grouped_like_a_phone(number, sizes) and phones.is_national(digits)
    if not (is_identifier or is_phone):
        return ""
    before, after = text[max(0, start - cues.BEFORE) : start], text[end : end + cues.AFTER]
    if cues.SIGNS_BEFORE.search(before) or cues.UNITS.match(after):
        return ""
    before, after = folded(before), folded(after)
    if cues.says_harmless(before, after):
        return ""
    if not is_identifier and len(sizes) == 1 and _is_date(digits) and not cues.says_person(before, after):
        return ""
    return "identifier" if is_identifier else "phone"


def _is_grouped_like_a_phone(number: str, sizes: list[int]) -> bool:
    if "/" in number and number[0] not in "0(":
        return False  # a law, a year, a file
    return sizes.count(1) <= 1 + ("(" in number) and (1 not in sizes[1:] or "(" in number)


def _is_date(digits: str) -> bool:
    """20261122, 22112026, and with a time 202611221030."""
    if len(digits) not in {8, 12, 14}:
        return False
    day = digits[:8]
    return any(
        1900 <= year <= 2100 and _is_day(year, month, number)
        for year, month, number in [
            (int(day[:4]), int(day[4:6]), int(day[6:])),
            (int(day[4:]), int(day[2:4]), int(day[:2])),
        ]
    )


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
