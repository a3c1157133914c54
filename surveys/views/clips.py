"""Pictures and recordings of questions. Their address is the same for everybody and says nothing of who asks."""

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from cxportal.public import forget_visitor, without_referrer
from surveys import clips

A_YEAR = 365 * 24 * 3600
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


@require_safe
def clip(request: HttpRequest, file: str) -> HttpResponse:
    """No cookie, no query. Players ask for parts of a recording, some of them for nothing else."""
    forget_visitor(request)
    content = clips.read_file(file)
    if content is None:
        raise Http404
    request.META.pop("HTTP_ACCEPT_ENCODING", None)  # packed already; and a part must stay the part asked for
    response = part_of(content, request.headers.get("Range", ""))
    response.headers["Content-Type"] = clips.media_type(file)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return without_referrer(response)


def part_of(content: bytes, wanted: str) -> HttpResponse:
    """The whole, or one range of it; a range that makes no sense is passed over (RFC 9110, 14.2)."""
    found = _RANGE.fullmatch(wanted.replace(" ", ""))
    if found is None or not any(found.groups()):
        return HttpResponse(content)
    first, last = found.groups()
    start = int(first) if first else max(0, len(content) - int(last))
    end = min(int(last) + 1, len(content)) if first and last else len(content)
    if first and last and int(last) < int(first):
        return HttpResponse(content)
    if start >= len(content):
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{len(content)}"})
    part = HttpResponse(content[start:end], status=206)
    part.headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(content)}"
    return part
