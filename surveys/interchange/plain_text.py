"""Texts of other systems as plain text: HTML and Markdown taken out, names that stand for answers too."""

import re
from html.parser import HTMLParser
from typing import NamedTuple

LONGEST = 20_000
BLOCKS = {"p", "div", "br", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "blockquote"}
NOT_READ = {"script", "style", "head", "title", "template", "iframe", "object"}
MARKUP = re.compile(r"<[a-zA-Z!/][^<>]*>|&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,5});")
ANSWER_OF_XLSFORM = re.compile(r"\$\{[^{}]*\}")
LINK = re.compile(r"\[([^\]\n]{1,300})\]\((https?://[^)\s]{1,500})\)")
STRONG = re.compile(r"(\*\*|__)(?=\S)(.{1,1000}?)(?<=\S)\1", re.S)
HEADING = re.compile(r"^#{1,6} +", re.M)
UNUSABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
ELLIPSIS = "…"


class Plain(NamedTuple):
    text: str
    lost_format: bool
    lost_answers: bool
    """Whether it showed what somebody had answered before; “…” stands there now."""


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in NOT_READ:
            self.unread += 1
        elif tag == "li":
            self.found.append("\n• ")
        elif tag in BLOCKS:
            self.found.append("\n")
        elif tag in {"td", "th"}:
            self.found.append(" ")
        elif tag == "img":
            self.found.append(dict(attrs).get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in NOT_READ:
            self.unread = max(0, self.unread - 1)
        elif tag in BLOCKS:
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.unread:
            self.found.append(data)


def without_html(text: str) -> str:
    reader = _Text()
    reader.feed(text)
    reader.close()
    return "".join(reader.found)


def of_html(text: str) -> Plain:
    """LimeSurvey: HTML, and in braces names and expressions that show answers."""
    text = UNUSABLE.sub("", text[:LONGEST])
    has_markup = bool(MARKUP.search(text))
    # line ends of the source are spaces in HTML
    plain = without_html(re.sub(r"\s+", " ", text)) if has_markup else text
    without, lost = _without_braces(plain)
    is_more_than_lines = bool(MARKUP.search(re.sub(r"(?i)</?(?:p|br|div|span)\s*/?>|&nbsp;", "", text)))
    return Plain(_tidy(without), is_more_than_lines, lost)


def of_markdown(text: str) -> Plain:
    """XLSForm: some Markdown, some HTML, and ${name} for what was answered."""
    text = UNUSABLE.sub("", text[:LONGEST])
    plain = without_html(text) if re.search(r"<[a-zA-Z/][^<>]*>", text) else text
    plain = HEADING.sub("", STRONG.sub(r"\2", LINK.sub(r"\1 (\2)", plain)))
    without = ANSWER_OF_XLSFORM.sub(ELLIPSIS, plain)
    return Plain(_tidy(without), _tidy(plain) != _tidy(text), without != plain)


def _without_braces(text: str) -> tuple[str, bool]:
    """Braces may stand in each other; those with a space behind them are no expression to LimeSurvey either."""
    found: list[str] = []
    depth, lost = 0, False
    for place, sign in enumerate(text):
        begins = sign == "{" and text[place + 1 : place + 2].strip() != ""
        if begins or (sign == "{" and depth):
            if not depth:
                found.append(ELLIPSIS)
                lost = True
            depth += 1
        elif sign == "}" and depth:
            depth -= 1
        elif not depth:
            found.append(sign)
    return ("".join(found), lost) if not depth else (text, False)


def _tidy(text: str) -> str:
    lines = [" ".join(line.replace("\xa0", " ").split()) for line in text.replace("\r\n", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
