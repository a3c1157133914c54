"""Which of our languages a file means: by code, by English name, by the name its speakers give it."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from cxportal.languages import LANGUAGES
from surveys.interchange.forms import FoundLanguage

WITHOUT_NAME = "default"
"""How the texts are called that name no language."""
LEFT_OUT = "-"

ALSO_CALLED = {
    "ar": ["عربي", "عربى", "العربيه", "arabe", "modern standard arabic", "arabisch", "arabia", "ara"],
    "fa": ["farsi", "پارسی", "persian (farsi)", "farsi (persian)", "فارسى", "per", "fas"],
    "prs": ["afghan persian", "dari persian", "fa-af", "درى"],
    "ps": ["pashtu", "pushto", "پشتو", "pus"],
    "so": ["somalia", "af soomaali", "af-soomaali", "somalisch", "som"],
    "ckb": [
        "sorani",
        "central kurdish",
        "kurdish (sorani)",
        "kurdish sorani",
        "سۆرانی",
        "کوردی سۆرانی",
        "ku-arab",
    ],
    "ku": [
        "kurmanji",
        "kurmancî",
        "kurmanci",
        "northern kurdish",
        "kurdish (kurmanji)",
        "kurdish kurmanji",
        "kmr",
    ],
    "ti": ["tigrigna", "tigrinja", "tir"],
    "am": ["amh", "amharique"],
    "zh-hans": [
        "chinese (simplified)",
        "simplified chinese",
        "mandarin",
        "zh",
        "zh-cn",
        "中文(简体)",
        "简体中文",
        "汉语",
    ],
    "nb": ["norwegian (bokmål)", "norwegian bokmål", "bokmål", "no", "norwegian bokmal"],
    "pt": ["brazilian portuguese", "portuguese (brazil)", "portugais", "por"],
    "es": ["castellano", "castilian", "espanol", "espagnol", "spa"],
    "en": ["anglais", "inglés", "ingles", "englisch", "engels", "englanti", "eng", "الإنجليزية", "انجليزي"],
    "fr": ["francais", "französisch", "frans", "ranska", "fra", "fre", "الفرنسية"],
    "de": ["allemand", "duits", "saksa", "deu", "ger"],
    "nl": ["flemish", "vlaams", "néerlandais", "hollanti", "nld", "dut"],
    "fi": ["finnois", "fin", "suomeksi"],
    "sv": ["swe", "ruotsi", "på svenska"],
    "ru": ["rus", "russe", "venäjä", "русский язык", "по-русски"],
    "uk": ["ukr", "ukrainien", "ukraina", "українська мова"],
    "sw": ["kiswahili", "swahili (kiswahili)", "swa"],
    "tr": ["turkce", "turc", "tur"],
    "he": ["hebreu", "iw", "ivrit", "heb"],
    "ro": ["moldovan", "moldavian", "romana"],
}


def _folded(name: str) -> str:
    plain = (
        unicodedata.normalize("NFKC", name)
        .casefold()
        .replace("_", "-")
        .replace("\u200f", "")
        .replace("\u200e", "")
    )
    return " ".join(plain.split())


KNOWN: dict[str, str] = {
    _folded(name): code
    for code, language in LANGUAGES.items()
    for name in (*ALSO_CALLED.get(code, ()), language.name, language.native_name, code)
}


def code_of(label: str) -> str:
    """Our code, or nothing. “English (EN)”, “en-GB”, “de-informal”, “Français” and “العربية” are understood."""
    folded = _folded(label)
    if folded in KNOWN:
        return KNOWN[folded]
    if bracketed := re.fullmatch(r"(.*?)\s*\(([^()]*)\)", folded):
        outside, inside = bracketed.groups()
        by_code = KNOWN.get(inside, "") or _by_subtag(inside)
        by_name = KNOWN.get(outside, "")
        # two names that contradict each other are asked about
        return by_code if not by_name or by_name == by_code else by_name if not by_code else ""
    if len(apart := [part for part in re.split(r"\s*[/|–]\s*|\s+-\s+", folded) if part]) > 1:
        found = {KNOWN.get(part, "") for part in apart}
        return found.pop() if len(found) == 1 else ""
    return _by_subtag(folded)


def _by_subtag(tag: str) -> str:
    """“en-gb” and “nl-informal” by what stands before the hyphen; of Kurdish and Chinese only what is sure."""
    main, hyphen, rest = tag.partition("-")
    if not hyphen or not 2 <= len(main) <= 3 or (main, rest) in {("zh", "hant"), ("zh", "tw"), ("zh", "hk")}:
        return ""
    return KNOWN.get(main, "")


def match(labels: Iterable[str], said: Mapping[str, str], *, fallback: str) -> list[FoundLanguage]:
    """Each name with our code. `said`: name -> code by somebody who knows, or `LEFT_OUT`; it goes before ours."""
    spoken = {_folded(label): code for label, code in said.items()}
    found: list[FoundLanguage] = []
    for label in dict.fromkeys(labels):
        answer = spoken.get(_folded(label or WITHOUT_NAME))
        if answer is not None:
            found.append(FoundLanguage(label, "" if answer == LEFT_OUT else answer))
        elif not label:
            found.append(FoundLanguage(label, fallback, is_sure=False))
        else:
            code = code_of(label)
            found.append(FoundLanguage(label, code, is_sure=bool(code)))
    return _each_once(found)


def _each_once(found: list[FoundLanguage]) -> list[FoundLanguage]:
    """Of two names for one language the first keeps it; texts that name none may stand beside those that do."""
    taken: set[str] = set()
    for language in found:
        if language.label and language.code in taken:
            language.code, language.is_sure = "", False
        if language.label and language.code:
            taken.add(language.code)
    return found
