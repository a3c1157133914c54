"""Contents of versions as they would be frozen, written without a database."""

import hashlib
import json
from typing import Any

from surveys import scales
from surveys.publishing import standard_scale_content

Content = dict[str, Any]

ARABIC = {
    "How was our service today?": "كيف كانت خدمتنا اليوم؟",
    "Your visit": "زيارتك",
    "Waiting time": "مدة الانتظار",
    "Staff": "الموظفون",
    "Why?": "لماذا؟",
}


def words(text: str, **more: str) -> dict[str, str]:
    """English, Arabic where the tests have it, and what is given."""
    return {"en": text} | ({"ar": ARABIC[text]} if text in ARABIC else {}) | more


def question(code: str, kind: str, **more: Any) -> Content:
    base = {
        "code": code,
        "kind": kind,
        "text": words(f"Question {code}?"),
        "help": {},
        "required": False,
        "not_for_me": False,
        "dont_know": False,
        "topic": None,
        "fills": None,
        "shown_if": None,
    }
    return base | more


def rating(code: str, scale: str = "faces5", **more: Any) -> Content:
    return question(code, "rating", scale=standard_scale_content(scales.STANDARD[scale]), **more)


def grid(code: str, items: list[str], scale: str = "faces5", **more: Any) -> Content:
    rows = [{"code": item, "text": words(f"Thing {item}"), "topic": None} for item in items]
    return question(code, "grid", scale=standard_scale_content(scales.STANDARD[scale]), items=rows, **more)


def choice(code: str, **more: Any) -> Content:
    base = {"code": code, "text": words(f"Choice {code}"), "exclusive": False, "asks_for_text": False}
    return base | {"stands_for": {}} | more


def choices(*codes: str) -> list[Content]:
    """Codes; "-none" excludes the others, "+other" comes with a text box."""
    return [
        choice(code.lstrip("+-"), exclusive=code.startswith("-"), asks_for_text=code.startswith("+"))
        for code in codes
    ]


def single(code: str, *codes: str, **more: Any) -> Content:
    return question(code, "single", choices=choices(*codes), **more)


def multiple(code: str, *codes: str, **more: Any) -> Content:
    return question(code, "multiple", choices=choices(*codes), **more)


def ranking(code: str, *codes: str, **more: Any) -> Content:
    return question(code, "ranking", choices=choices(*codes), **more)


def yes_no(code: str, *reasons: str, **more: Any) -> Content:
    scale = standard_scale_content(scales.STANDARD["yes_no"])
    return question(code, "yes_no", scale=scale, choices=choices(*reasons), **more)


def thumbs(code: str, *reasons: str, **more: Any) -> Content:
    scale = standard_scale_content(scales.STANDARD["thumbs"])
    return question(code, "thumbs", scale=scale, choices=choices(*reasons), **more)


def number(code: str, low: int | None = None, high: int | None = None, **more: Any) -> Content:
    return question(code, "number", low=low, high=high, **more)


def long_text(code: str, **more: Any) -> Content:
    return question(code, "long_text", **({"max_length": 2000, "band_of": None} | more))


def short_text(code: str, **more: Any) -> Content:
    return question(code, "short_text", **({"max_length": 100, "band_of": None} | more))


def information(code: str, **more: Any) -> Content:
    return question(code, "information", **more)


def content(*parts: list[Content], **more: Any) -> Content:
    """A survey of these parts, each a list of questions."""
    return {
        "format": 1,
        "survey": "visit",
        "source": "en",
        "title": words("Your visit"),
        "purpose": words("You came to see us. Tell us how it was."),
        "thanks": {},
        "best_first": True,
        "offers_simple_mode": True,
        "parts": [{"title": words(f"Part {n}"), "questions": list(part)} for n, part in enumerate(parts, 1)],
    } | more


def every_kind() -> Content:
    """Three parts with every kind of question and everything that can stand beside one."""
    return content(
        [
            rating("overall", text=words("How was our service today?"), help=words("Think of today only.")),
            grid("things", ["waiting", "staff", "clear"], not_for_me=True),
            rating("effort", "effort7"),
            rating("agree", "agree5", dont_know=True),
        ],
        [
            yes_no("solved", "form", "phone", "+other"),
            thumbs("site", "slow", "+other"),
            single("channel", "web", "desk", "+other", not_for_me=True),
            multiple("languages", "fi", "sv", "+other", "-none"),
        ],
        [
            information("thanks_so_far"),
            ranking("matters", "speed", "kindness", "clarity", not_for_me=True),
            number("visits", 0, 99, dont_know=True),
            short_text("city"),
            long_text("why", text=words("Why?"), not_for_me=True),
            rating("recommend", "recommend11"),
        ],
    )


def realistic() -> Content:
    """Twelve things asked on one page, as an agency would."""
    ask = ["How was our service today?", "Was it easy to find us?", "Did you get what you came for?"]
    return content(
        [
            rating("overall", text=words(ask[0])),
            grid("things", ["waiting", "staff", "clear", "premises"], not_for_me=True),
            rating("effort", "effort7", text=words("It was easy to do what I came for.")),
            yes_no("solved", "form", "waiting", "language", "+other", text=words(ask[2])),
            single("channel", *[f"c{n}" for n in range(11)], "+other"),
            multiple("languages", *[f"l{n}" for n in range(10)], "+other", "-none"),
            rating("find", "agree5", text=words(ask[1])),
            number("visits", 0, 99),
            long_text("why", text=words("What one thing should we do better?")),
        ]
    )


def digest_of(one: Content) -> str:
    return hashlib.sha256(json.dumps(one, sort_keys=True).encode()).hexdigest()
