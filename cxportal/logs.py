"""Log lines as JSON that never hold an e-mail address, a phone number, a token or an answer."""

import json
import logging
import re
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

EMAIL = re.compile(r"""(?:"[^"\s@]+(?:\s[^"\s@]+)*"|[^\s@<>"'(),;:=]+)(?:@|%40|＠)[^\s@<>"'(),;:]+""", re.I)

# Sixteen and more letters and digits in a row; without a digit, letters of both cases that are no CamelCase name.
LONG_WORD = re.compile(r"(?<![\w-])[\w-]{16,}(?![\w-])")
CAMEL_CASE = re.compile(r"_*(?:[A-Z]{0,5}[a-z]+)+_*")
RECEIPT = re.compile(r"\b[A-Z2-9]{4}(?:-[A-Z2-9]{4}){3,}\b")

# Seven digits and more of any script, with what people write between them.
PHONE = re.compile(r"(?<!\d)\+?\d(?:[\s()/.\-\u2010-\u2015\u2212]{0,3}\d){6,}")
DAY = r"(?:19|20)\d\d-(?:0\d|1[0-2])-(?:[0-2]\d|3[01])"
CLOCK = r"[ T](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"
EUROPEAN_DAY = r"(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])\.(?:19|20)\d\d"
HARMLESS = re.compile(
    rf"(?<![\d.+-])(?:{DAY}(?:{CLOCK})?|{EUROPEAN_DAY}|0\.\d+)(?![.-]?\d)|(?:#|\b(?:id|pk)[ =])\d+(?!\d)",
    re.ASCII,
)


def without_personal_data(text: str) -> str:
    """Days, times, fractions and numbers after "#", "id" or "pk" stay; other long numbers may be somebody's."""
    text = EMAIL.sub("[address]", text)
    text = LONG_WORD.sub(_token_or_name, RECEIPT.sub("[token]", text))
    return "".join(part if is_harmless else PHONE.sub("[number]", part) for part, is_harmless in _parts(text))


def _token_or_name(match: re.Match[str]) -> str:
    word = match.group()
    has_digit = any(letter.isdigit() for letter in word)
    has_letter = any(letter.isalpha() for letter in word)
    is_mixed = word.lower() != word and word.upper() != word
    if (has_digit and has_letter) or (is_mixed and not _is_name(word)):
        return "[token]"
    return word


def _is_name(word: str) -> bool:
    """Words set together, `HTTPConnectionError` or `surveys_Wave`: few capitals, each at the head of a word."""
    capitals = sum(letter.isupper() for letter in word)
    return 3 * capitals <= len(word) and all(
        CAMEL_CASE.fullmatch(part) for part in re.split("[_-]+", word) if part
    )


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    end = 0
    for match in HARMLESS.finditer(text):
        yield text[end : match.start()], False
        yield match.group(), True
        end = match.end()
    yield text[end:], False


class JsonLines(logging.Formatter):
    """One JSON object a line. Of an exception only its class and its places: its words may quote an answer."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_personal_data(_message(record)),
        }
        code = getattr(record, "error_code", None)
        if code:
            line["error_code"] = code
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
            line["places"] = [
                f"{frame.filename.rsplit('/site-packages/', 1)[-1]}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])[-12:]
            ]
        return json.dumps(line, ensure_ascii=False)


def _message(record: logging.LogRecord) -> str:
    """The message with the class in place of each exception, also where Celery has written it out already."""
    try:
        message = str(record.msg) % _without_exceptions(record.args) if record.args else _named(record.msg)
    except (TypeError, ValueError, KeyError):
        message = f"{record.msg} (its values do not fit)"  # else logging itself prints them as they are
    error = record.exc_info[1] if record.exc_info else None
    while error is not None:
        for words in (repr(error), str(error)):
            if words:
                message = message.replace(words, type(error).__name__)
        error = error.__cause__ or error.__context__
    return message


def _without_exceptions(args: Any) -> Any:
    if isinstance(args, dict):
        return {
            name: _named(value) if isinstance(value, BaseException) else value for name, value in args.items()
        }
    return tuple(_named(value) if isinstance(value, BaseException) else value for value in args)


def _named(value: object) -> str:
    return type(value).__name__ if isinstance(value, BaseException) else str(value)
