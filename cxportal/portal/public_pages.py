"""Privacy, accessibility and contact: the agency's own text, or the one shipped with the portal."""

from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_noop
from markdown_it import MarkdownIt
from markdown_it.token import Token

from cxportal.interface import said
from cxportal.organisation.texts import Text
from cxportal.portal.models import PublicPage

SHIPPED_TEXTS_WRITTEN_ON = date(2026, 11, 22)
SHIPPED = {
    PublicPage.Key.PRIVACY: (gettext_noop("Your privacy"), "public/statements/privacy.html"),
    PublicPage.Key.ACCESSIBILITY: (
        gettext_noop("Accessibility statement"),
        "public/statements/accessibility.html",
    ),
    PublicPage.Key.CONTACT: (gettext_noop("Contact"), "public/statements/contact.html"),
}

# Pictures would come from hosts the policy forbids; code blocks and tables would scroll sideways on a phone.
_markdown = MarkdownIt("commonmark", {"html": False}).disable(["image", "code", "fence"])


@dataclass(frozen=True)
class Statement:
    """A page as it is shown in the active language."""

    key: str
    title: Text
    body: Text | None
    """Text of the agency as HTML; `None`: the text shipped with the portal is shown."""
    updated_on: date
    shipped_template: str


def statement(key: str) -> Statement:
    page = PublicPage.objects.filter(key=key).first() or PublicPage(key=key)
    shipped_title, template = SHIPPED[PublicPage.Key(key)]
    title = page.own_title if page.own_title.text else said(shipped_title)
    body = page.own_body
    if not body.text.strip():
        return Statement(key, title, None, SHIPPED_TEXTS_WRITTEN_ON, template)
    return Statement(key, title, body._replace(text=html_of(body.text)), page.updated_on, template)


def html_of(markdown: str) -> SafeString:
    """Markdown as HTML whose headings stand under the title of the page and leave no level out."""
    tokens = _markdown.parse(markdown)
    _nest_headings(tokens)
    return mark_safe(_markdown.renderer.render(tokens, _markdown.options, {}))


def _nest_headings(tokens: list[Token]) -> None:
    above: list[int] = []  # written levels of the headings that the next one may stand under
    for token in tokens:
        if token.type == "heading_open":
            written = int(token.tag[1])
            while above and above[-1] >= written:
                above.pop()
            above.append(written)
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(len(above) + 1, 6)}"
