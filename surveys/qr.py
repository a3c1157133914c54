"""QR codes as SVG inside a page: black on white, also in the dark."""

import segno
from django.utils.html import format_html
from django.utils.safestring import SafeString

QUIET_ZONE = 3


def qr_svg(content: str, label: str) -> SafeString:
    """One path, its size given by the stylesheet. `label` is what a screen reader says."""
    code = segno.make(content, micro=False, error="m")
    rows = ((y, row) for y, row in enumerate(code.matrix))
    path = "".join(
        f"M{x + QUIET_ZONE} {y + QUIET_ZONE}h1v1h-1z" for y, row in rows for x, dark in enumerate(row) if dark
    )
    size = code.symbol_size(border=QUIET_ZONE)[0]
    return format_html(
        '<svg role="img" aria-label="{}" viewBox="0 0 {} {}" class="qr"><path fill="#fff" d="M0 0h{}v{}H0z"/>'
        '<path d="{}"/></svg>',
        label,
        size,
        size,
        size,
        size,
        path,
    )
