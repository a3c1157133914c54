"""What an installation without a gateway would have sent, to be read in the browser."""

import re

from csp.decorators import csp_replace, csp_update
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from cxportal.dispatch.admin.pages import StaffRequest, framed
from cxportal.dispatch.gateways import uses_outbox
from cxportal.dispatch.models import ChannelOfMessage, Message, OutboxMail
from cxportal.organisation.models import User

ROWS_ON_A_PAGE = 50
LINK = re.compile(r"<a (?=[^>]*href=)")

# A mail carries its styles in itself. Only this answer allows it, it allows nothing else, and it is shown in a
# sandbox without scripts.
MAIL_POLICY = {"default-src": ["'none'"], "style-src": ["'unsafe-inline'"], "frame-ancestors": ["'self'"]}


def is_in_use() -> bool:
    return any(uses_outbox(channel) for channel in ChannelOfMessage.values)


@require_safe
def outbox(request: StaffRequest) -> HttpResponse:
    mails = _readable_by(request.user).defer("text", "html", "headers")
    return framed(
        request,
        "dispatch/staff/outbox.html",
        title=_("Local outbox"),
        page=Paginator(mails, ROWS_ON_A_PAGE).get_page(request.GET.get("p")),
    )


@require_safe
@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]
def outbox_mail(request: StaffRequest, pk: int) -> HttpResponse:
    mail = get_object_or_404(_readable_by(request.user), pk=pk)
    title = mail.subject or _("Text message")
    return framed(request, "dispatch/staff/outbox_mail.html", title=title, mail=mail)


@require_safe
@xframe_options_sameorigin
@csp_replace(MAIL_POLICY)  # type: ignore[arg-type]
def outbox_html(request: StaffRequest, pk: int) -> HttpResponse:
    return mail_response(get_object_or_404(_readable_by(request.user), pk=pk).html)


def mail_response(html: str) -> HttpResponse:
    """Links open beside the frame: inside it most pages refuse to be shown."""
    return HttpResponse(LINK.sub('<a target="_blank" rel="noopener" ', html))


def _readable_by(user: User) -> QuerySet[OutboxMail]:
    """Whoever reads the mail for a forgotten password can take over the account: its owner and administrators may."""
    if user.scope.is_administrator:
        return OutboxMail.objects.all()
    account_mail = Message.objects.filter(message_id=OuterRef("message_id"), purpose="account")
    others = OutboxMail.objects.exclude(Exists(account_mail))
    if not user.email:
        return others
    return others | OutboxMail.objects.filter(address__iexact=user.email)
