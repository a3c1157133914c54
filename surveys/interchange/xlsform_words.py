"""What an XLSForm may say in its headings and in the column “type”, in every spelling that its tools accept."""

import re
from typing import NamedTuple

TEXTS = {
    "label",
    "hint",
    "guidance_hint",
    "constraint_message",
    "required_message",
    "image",
    "big-image",
    "audio",
    "video",
    "text",
    "cx_alt",
}
"""Columns that may have one column per language."""
ALIASES = {
    "caption": "label",
    "command": "type",
    "tag": "name",
    "value": "name",
    "relevance": "relevant",
    "calculate": "calculation",
    "read_only": "readonly",
    "list name": "list_name",
    "list_name": "list_name",
    "constraining_message": "constraint_message",
    "constraint-msg": "constraint_message",
    "jr:constraintmsg": "constraint_message",
    "constraintmsg": "constraint_message",
    "requiredmsg": "required_message",
    "jr:requiredmsg": "required_message",
    "count": "repeat_count",
    "jr:count": "repeat_count",
    "noapperrorstring": "no_app_error_string",
    "title": "form_title",
    "set_form_title": "form_title",
    "set form title": "form_title",
    "id_string": "form_id",
    "set_form_id": "form_id",
    "set form id": "form_id",
}


class Column(NamedTuple):
    field: str
    language: str = ""


def column_of(heading: str) -> Column:
    """“label::English (en)”, “label:English”, “media::image::fr” and “bind:relevant” are all understood."""
    words = [word.strip() for word in re.split(r"::", " ".join(heading.split()))]
    if len(words) == 1 and not words[0].lower().startswith("jr:"):
        words = [word.strip() for word in words[0].split(":")]
    if words[0].lower() in {"bind", "control", "body", "media"} and len(words) > 1:
        words = words[1:]
    if words[0].lower() == "jr" and len(words) > 1:
        words = [f"jr:{words[1]}", *words[2:]]
    field = _field(words[0])
    if field in TEXTS and len(words) > 1:
        return Column(field, ":".join(words[1:]))
    return Column(":".join([field, *(word.lower() for word in words[1:])]))


def _field(word: str) -> str:
    small = word.lower()
    return ALIASES.get(small, ALIASES.get(small.replace(" ", "_"), small.replace(" ", "_")))


# ---------- types ----------

CHOOSING = [
    (r"select[ _]one[ _]from[ _]file|select[ _]one[ _]external", "choices_elsewhere"),
    (r"select[ _]multiple[ _]from[ _]file", "choices_elsewhere"),
    (
        r"add select one prompt using|select one using|select one from|select1|select_one|select one",
        "select_one",
    ),
    (
        r"add select multiple prompt using|select multiple using|select multiple from"
        r"|select all that apply from|select all that apply|select_multiple|select multiple",
        "select_multiple",
    ),
    (r"rank", "rank"),
]
_CHOOSING = [
    (re.compile(rf"(?:{words})\s+(?P<list>\S+)(?P<other>\s+or[ _](?:specify[ _])?other)?\Z", re.I), kind)
    for words, kind in CHOOSING
]
_GROUPS = re.compile(
    r"(?P<edge>begin|end)[ _]+(?P<kind>looped[ _]+group|lgroup|group|repeat|loop)(?:[ _]+over\s+(?P<over>\S+))?\Z",
    re.I,
)
PLAIN_TYPES = {
    **dict.fromkeys(["integer", "int"], "integer"),
    **dict.fromkeys(["decimal", "percentage"], "decimal"),
    **dict.fromkeys(
        [f"number of days in last {period}" for period in ("month", "six months", "year")], "integer"
    ),
    **dict.fromkeys(["text", "string"], "text"),
    "note": "note",
    **dict.fromkeys(["date"], "date"),
    **dict.fromkeys(["time"], "time"),
    **dict.fromkeys(["datetime", "date time"], "datetime"),
    **dict.fromkeys(["acknowledge", "trigger"], "acknowledge"),
    "range": "range",
    "barcode": "barcode",
    **dict.fromkeys(["photo", "image", "picture", "audio", "video", "file"], "file"),
    **dict.fromkeys(["geopoint", "geoshape", "geotrace", "location", "gps", "osm"], "position"),
    **dict.fromkeys(
        [
            *("start", "end", "today", "deviceid", "imei", "phonenumber", "subscriberid", "simserial"),
            *("username", "email", "audit", "calculate", "hidden", "xml-external", "csv-external"),
            *("start-geopoint", "background-audio", "background-geopoint", "start time", "end time"),
            *("device id", "sim id", "phone number", "subscriber id", "entity"),
        ],
        "unasked",
    ),
}


class Type(NamedTuple):
    kind: str
    """One of ours above, or begin_group, end_group, begin_repeat ...; empty for what is no type."""
    list_name: str = ""
    or_other: bool = False


def type_of(written: str) -> Type:
    text = " ".join(written.split())
    if group := _GROUPS.match(text):
        kind = {"group": "group", "loop": "loop"}.get(group["kind"].lower(), "repeat")
        return Type(f"{group['edge'].lower()}_{kind}", group["over"] or "")
    for pattern, kind in _CHOOSING:
        if found := pattern.match(text):
            return Type(kind, found["list"], bool(found["other"]))
    plain = text.lower()
    plain = re.sub(r"\A(?:q |uri:|get )", "", re.sub(r"\Aadd (.*) prompt\Z", r"\1", plain))
    return Type(PLAIN_TYPES.get(plain, ""))


YES = {"yes", "true", "true()", "1"}
NO = {"", "no", "false", "false()", "0"}
