"""Signing in: no sign-up, mail through dispatch, a second factor where the installation wants it, lock-out."""

import base64
import hashlib
import ipaddress
import time
from functools import cache
from io import BytesIO
from uuid import uuid4

import segno
from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from axes.helpers import get_cool_off
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from cxportal.dispatch.queueing import queue
from cxportal.organisation.models import Agency, User

LINK_TO_A_NEW_ONE = "account/email/password_reset_key"
EVENTS = {
    "account/email/password_reset": "password_changed",
    "account/email/password_changed": "password_changed",
    "account/email/password_set": "password_changed",
    "mfa/email/totp_activated": "second_factor_on",
    "mfa/email/totp_deactivated": "second_factor_off",
    "mfa/email/recovery_codes_generated": "recovery_codes_made",
}
WITHOUT_SECOND_FACTOR = {"mfa_activate_totp", "account_logout", "account_reauthenticate", "admin:jsi18n"}


class StaffAccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request) -> bool:
        return False

    def get_login_redirect_url(self, request) -> str:
        """The home page, in the language this person has chosen for working."""
        with override(request.user.language or get_language()):
            return reverse("admin:index")

    def get_password_change_redirect_url(self, request) -> str:
        return reverse("admin:index")

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Whoever has logged in within the last five minutes is not asked for the password again."""
        records = get_authentication_records(self.request, self.request.user)
        last = max((record["at"] for record in records), default=0)
        return time.time() - last > app_settings.REAUTHENTICATION_TIMEOUT

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.BASE_URL + path.replace("UID-KEY", key)

    def add_message(self, request, level, message_template=None, *args, **kwargs) -> None:
        if message_template != "account/messages/logged_in.txt":  # the home page says it well enough
            super().add_message(request, level, message_template, *args, **kwargs)

    def respond_user_inactive(self, request, user) -> HttpResponse:
        messages.error(request, _("This account is locked. Ask the people who run the portal."))
        return redirect("account_login")

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        """Only the mail with the link comes here; news about an account goes by `send_notification_mail`."""
        if template_prefix != LINK_TO_A_NEW_ONE:
            return
        user = context["user"]
        with override(_language_of(user)):
            link = self.get_reset_password_from_key_url(f"{context['uid']}-{context['key']}")
        hours = settings.PASSWORD_RESET_TIMEOUT // 3600
        _write(user, "account.password_reset", {"username": user.username, "link": link, "hours": hours})

    def send_notification_mail(self, template_prefix: str, user, context=None, email=None) -> None:
        with override(_language_of(user)):
            link = settings.BASE_URL + reverse("account_reset_password")
        event = EVENTS.get(template_prefix, "other")
        _write(user, "account.notice", {"username": user.username, "event": event, "link": link})


def _language_of(user: User) -> str:
    return user.language or get_language() or settings.LANGUAGE_CODE


def _write(user: User, template: str, data: dict) -> None:
    if user.email:
        queue(
            cause=f"account:{user.pk}:{uuid4().hex}",
            channel="email",
            address=user.email,
            template=template,
            language=_language_of(user),
            data=data,
            purpose="account",
        )


# ---------- second factor ----------
class SecondFactorAdapter(DefaultMFAAdapter):
    def get_totp_label(self, user) -> str:
        return user.username

    def get_totp_issuer(self) -> str:
        return Agency.current().name or super().get_totp_issuer()

    def build_totp_svg(self, url: str) -> str:
        """For the page itself: a picture from a data: address would break the content policy."""
        picture = BytesIO()
        segno.make(url, error="m").save(
            picture, kind="svg", scale=5, border=4, xmldecl=False, svgns=False, dark="#000", light="#fff"
        )
        return picture.getvalue().decode()

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator) -> bool:
        return not (settings.REQUIRE_SECOND_FACTOR and authenticator.type == Authenticator.Type.TOTP)


@cache
def _cipher() -> MultiFernet:
    """Keeps the secrets of second factors out of a stolen copy of the database."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(b"second factor\0" + secret.encode()).digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def has_second_factor(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


class SecondFactorMiddleware:
    """Where it is required, leads everybody without a second factor to setting it up, before anything else."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        # without its cookie nobody is signed in: pages for the public stay free of sessions
        if not settings.REQUIRE_SECOND_FACTOR or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        if request.resolver_match.view_name in WITHOUT_SECOND_FACTOR or not request.user.is_authenticated:
            return None
        return None if has_second_factor(request.user) else redirect("mfa_activate_totp")


# ---------- staying signed in ----------
def to_sign_in(request: HttpRequest, *, back_to: str) -> HttpResponse:
    """The log-in page, and from there back; whoever is signed in and has no role yet is told so."""
    if request.user.is_authenticated:
        return TemplateResponse(request, "account/without_role.html", status=403)
    query = {} if back_to == reverse("admin:index") else {"next": back_to}
    if was_idle_too_long(request):
        query["idle"] = "1"
    address = reverse(settings.LOGIN_URL)
    return HttpResponseRedirect(f"{address}?{urlencode(query)}" if query else address)


def was_idle_too_long(request: HttpRequest) -> bool:
    """The browser still holds the cookie of a session that is over."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES and request.session.is_empty()


# ---------- lock-out ----------
def name_tried(request: HttpRequest, credentials: dict | None) -> str | None:
    """The account somebody tries to open. Without it all wrong passwords would be counted as one account's."""
    name = (credentials or {}).get("username") or request.POST.get("login")
    return name.strip().casefold() if name else None


def network_of(request: HttpRequest) -> str:
    """An IPv6 visitor owns a whole /64 and could change the address with every try."""
    address = request.META.get("REMOTE_ADDR", "")
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((known, 64), strict=False)) if known.version == 6 else address


def nobody(*args) -> str:
    """Stands in log lines where the account and the address of the visitor would be."""
    return "somebody"


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: dict | None) -> HttpResponse:
    seconds = int(get_cool_off(request).total_seconds())
    page = render(request, "account/locked_out.html", {"minutes": seconds // 60}, status=429)
    page.headers["Retry-After"] = str(seconds)
    return page
