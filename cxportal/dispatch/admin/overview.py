"""One page that says how sending goes, and where everything can be held."""

import uuid
from typing import NamedTuple

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from cxportal.dispatch import restored
from cxportal.dispatch.admin.pages import StaffRequest, framed
from cxportal.dispatch.counts import Counts
from cxportal.dispatch.gateways import is_set
from cxportal.dispatch.models import Batch, ChannelOfMessage, GatewayState, Hold, Message, State
from cxportal.dispatch.queueing import queue
from cxportal.languages import SOURCE

MAILINGS_SHOWN = 10


class StateRow(NamedTuple):
    state: State
    email: int
    sms: int

    @property
    def total(self) -> int:
        return self.email + self.sms


class MailingRow(NamedTuple):
    batch: Batch
    counts: Counts


class GatewayRow(NamedTuple):
    channel: ChannelOfMessage
    kind: Promise | str
    health: GatewayState | None
    is_paused: bool
    is_set: bool


@require_safe
def overview(request: StaffRequest) -> HttpResponse:
    counts = Counts.of_all()
    return framed(
        request,
        "dispatch/staff/overview.html",
        title=_("Messages"),
        holds=Hold.objects.filter(released_at=None).select_related("held_by"),
        counts=counts,
        states=[
            StateRow(state, *(counts.in_state(state, channel) for channel in ChannelOfMessage))
            for state in State
        ],
        waiting_for_a_gateway=waiting_for_a_gateway(counts),
        channels=[(channel, counts.of_channel(channel)) for channel in ChannelOfMessage],
        reasons=counts.by_reason(),
        gateways=gateways(),
        mailings=[
            MailingRow(batch, counts.of_batch(batch.pk))
            for batch in Batch.objects.select_related("changed_by")[:MAILINGS_SHOWN]
        ],
        undecided=Message.objects.undecided().count(),
        outbox_address=_address("admin:dispatch_outbox"),
    )


def waiting_for_a_gateway(counts: Counts) -> dict[str, int]:
    """Channel -> queued messages that nothing sends."""
    waiting = {
        channel.value: counts.in_state(State.QUEUED, channel)
        for channel in ChannelOfMessage
        if not is_set(channel)
    }
    return {channel: number for channel, number in waiting.items() if number}


def gateways() -> list[GatewayRow]:
    health = {state.channel: state for state in GatewayState.objects.all()}
    rows = []
    for channel in ChannelOfMessage:
        state = health.get(channel)
        is_paused = bool(state and state.open_until and state.open_until > now())
        rows.append(GatewayRow(channel, _kind_of(channel), state, is_paused, is_set(channel)))
    return rows


def _kind_of(channel: str) -> Promise:
    if channel == ChannelOfMessage.EMAIL and settings.EMAIL_URL:
        return gettext_lazy("Mail server")
    if channel == ChannelOfMessage.SMS and settings.SMS_URL:
        return gettext_lazy("Gateway for text messages")
    if not is_set(channel):
        return (
            gettext_lazy("No mail server is set.")
            if channel == ChannelOfMessage.EMAIL
            else gettext_lazy("No gateway for text messages is set.")
        )
    return gettext_lazy("Local outbox: nothing leaves this system")


@require_POST
def hold_everything(request: StaffRequest) -> HttpResponse:
    restored.hold_all(by=request.user)
    messages.warning(request, _("Everything is on hold. Nothing is sent until somebody releases it."))
    return redirect("admin:dispatch_overview")


@require_POST
def release_everything(request: StaffRequest) -> HttpResponse:
    restored.release_all(by=request.user)
    messages.success(request, _("Sending goes on."))
    return redirect("admin:dispatch_overview")


@require_POST
def send_test(request: StaffRequest) -> HttpResponse:
    """To oneself only: nobody gets a message because a colleague tries something."""
    if not request.user.email:
        messages.error(request, _("Your account has no e-mail address."))
        return redirect("admin:dispatch_overview")
    queue(
        cause=f"test:{request.user.pk}:{uuid.uuid4().hex}",
        purpose="test",
        channel=ChannelOfMessage.EMAIL,
        address=request.user.email,
        template="test",
        language=request.user.language or SOURCE,
    )
    messages.success(request, _("A test message to your own address is queued."))
    return redirect("admin:dispatch_overview")


def _address(name: str) -> str | None:
    try:
        return reverse(name)
    except NoReverseMatch:
        return None
