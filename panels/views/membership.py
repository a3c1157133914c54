"""Pages for members and for those who want to be. No cookie, no session, no log-in: a signed link is the proof.

Like the pages of surveys they take a POST without the cookie's token, because there is no cookie.
"""

import hashlib
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_noop as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from cxportal.dispatch.addresses import AddressNotPossible, masked
from cxportal.dispatch.models import ChannelOfMessage
from cxportal.interface import said
from cxportal.languages import LANGUAGES, SOURCE
from cxportal.organisation.texts import text_of
from cxportal.public import TooManyRequests, public_languages, public_page
from panels import consent_texts, joining, opt_out, subject_requests
from panels import preferences as choices
from panels.held_page import json_file, sections_of
from panels.models import Consent, Member, Membership, Panel
from surveys import abuse, form_key

READS = ["GET", "HEAD", "POST"]
JOINED = abuse.FormLimits(60, 300, known_a_minute=100, all_a_minute=120)
PAUSE_WORDS = {0: _("No pause"), 3: _("3 months"), 6: _("6 months"), 12: _("One year")}
CHANNEL_WORDS = {ChannelOfMessage.EMAIL: _("E-mail"), ChannelOfMessage.SMS: _("Text message (SMS)")}
PROBLEMS = {
    "address": _(
        "Write an e-mail address, or a phone number that begins with + and the code of its country."
    ),
    "agree": _("Tick that you agree. Without it we may not write to you."),
    "again": _("Please press the button once more."),
}


# ---------- joining ----------


@require_safe
@never_cache
@public_page
def panels_to_join(request: HttpRequest) -> HttpResponse:
    panels = list(Panel.objects.open_to_join())
    if len(panels) == 1:
        return HttpResponseRedirect(reverse("panels:join", args=[panels[0].code]))
    return render(request, "panels/join_list.html", {"panels": panels})


# The signed number of the form stands in place of the cookie's token.
@csrf_exempt
@never_cache
@require_http_methods(READS)
@public_page
def join(request: HttpRequest, code: str) -> HttpResponse:
    panel = get_object_or_404(Panel.objects.open_to_join(), code=code)
    language = get_language() or SOURCE
    words = consent_texts.words_of(panel, language)
    if words is None:
        raise Http404
    if request.method == "POST":
        return _joined(request, panel, words)
    return _join_page(request, panel, words, {}, [])


def _joined(request: HttpRequest, panel: Panel, words: consent_texts.Words) -> HttpResponse:
    typed = {name: request.POST.get(name, "")[:400] for name in ("address", "language", "agree")}
    problems = [name for name, is_missing in (("agree", not typed["agree"]),) if is_missing]
    key = form_key.read(request.POST.get("key", ""), _way(panel))
    if key is None or key.is_too_fast() or key.is_too_old():
        problems.append("again")
    wording = panel.wordings.filter(pk=_number(request.POST.get("wording"))).first()
    if wording is None:
        problems.append("again")
    if problems or wording is None:
        return _join_page(request, panel, words, typed, problems)
    if not abuse.may_send_form(f"joining:{panel.pk}", request.META["REMOTE_ADDR"], JOINED):
        raise TooManyRequests(request.POST)
    try:
        joining.ask(panel=panel, wording=wording, typed=typed["address"], language=typed["language"])
    except AddressNotPossible:
        return _join_page(request, panel, words, typed, ["address"])
    return render(request, "panels/sent.html", {"panel": panel, "address": typed["address"]})


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _way(panel: Panel) -> str:
    return f"join:{panel.pk}"


def _join_page(
    request: HttpRequest, panel: Panel, words: consent_texts.Words, typed: dict[str, str], problems: list[str]
) -> HttpResponse:
    digest = hashlib.sha256(panel.code.encode()).hexdigest()
    context = {
        "panel": panel,
        "words": words,
        "typed": typed,
        "problems": [(name, said(PROBLEMS[name])) for name in dict.fromkeys(problems)],
        "problem_names": problems,
        "languages": [LANGUAGES[code] for code in public_languages()],
        "chosen": typed.get("language") or get_language() or SOURCE,
        "key": form_key.issue(digest, _way(panel)).text,
    }
    return render(request, "panels/join.html", context)


# The sealed link is the proof; a visit changes nothing, because scanners of mail programs follow links.
@csrf_exempt
@never_cache
@require_http_methods(READS)
@public_page
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    wish = joining.wish_of(token)
    if wish is None:
        return render(request, "panels/confirm.html", {"state": "broken"}, status=404)
    if request.method != "POST":
        return render(request, "panels/confirm.html", {"state": "asked", "panel": wish.panel})
    member = joining.join(wish=wish)
    address = choices.preferences_url(member, get_language() or "")
    return render(request, "panels/confirm.html", {"state": "done", "panel": wish.panel, "address": address})


# ---------- preferences ----------


# The signed link is the proof.
@csrf_exempt
@never_cache
@require_http_methods(READS)
@public_page
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    member = choices.member_of(token)
    if member is None:
        return render(request, "panels/done.html", {"state": "broken"}, status=404)
    if request.method != "POST":
        return _preferences_page(request, member, token, "")
    return _decided(request, member, token)


def _decided(request: HttpRequest, member: Member, token: str) -> HttpResponse:
    if "erase" in request.POST:
        subject_requests.erase(member=member)
        return render(request, "panels/done.html", {"state": "erased"})
    if "nothing" in request.POST:
        opt_out.opt_out_of_everything(member=member)
        return _preferences_page(request, member, token, "nothing")
    if "leave" in request.POST:
        memberships = _memberships(member)
        leaving = [one for one in memberships if str(one.pk) == request.POST["leave"]]
        for membership in leaving:
            opt_out.leave(membership=membership)
        state = "left" if leaving else "broken"
        return render(request, "panels/done.html", {"state": state, "stays": len(memberships) > len(leaving)})
    if "copy" in request.POST:
        channel = choices.send_copy_link(member=member)
        return _preferences_page(request, member, token, f"copy-{channel}")
    return _saved(request, member, token)


def _saved(request: HttpRequest, member: Member, token: str) -> HttpResponse:
    channel, language = request.POST.get("channel", ""), request.POST.get("language", "")
    pause = request.POST.get("pause", "")
    choices.save(
        member=member,
        language=language if language in LANGUAGES else member.language,
        channel=channel if channel in choices.channels_of(member) else "",
        further_languages=[code for code in request.POST.getlist("further") if code in LANGUAGES],
        pause_months=int(pause) if pause in {str(months) for months in choices.PAUSES} else None,
        wants_news="news" in request.POST,
    )
    return _preferences_page(request, member, token, "saved")


def _memberships(member: Member) -> list[Membership]:
    return list(member.memberships.current().select_related("panel").order_by("panel__code"))


def _preferences_page(request: HttpRequest, member: Member, token: str, said_state: str) -> HttpResponse:
    member.refresh_from_db()
    memberships = _memberships(member)
    consents = _last_consents(memberships)
    channels = choices.channels_of(member)
    preferred = next((one.channel for one in memberships if one.channel), "") or (channels or [""])[0]
    context: dict[str, Any] = {
        "member": member,
        "token": token,
        "state": said_state,
        "memberships": [
            {"row": one, "name": text_of(one.panel, "name"), "consent": consents.get(one.pk)}
            for one in memberships
        ],
        "languages": _languages_for(member),
        "further": _further_languages(member),
        "channels": [
            (code, said(CHANNEL_WORDS[ChannelOfMessage(code)]), code == preferred) for code in channels
        ],
        "pauses": [(months, said(PAUSE_WORDS[months])) for months in choices.PAUSES],
        "email": masked(member.email),
        "phone": masked(member.phone),
        "invited": subject_requests.last_invitation(member),
        "has_confidential": subject_requests.has_confidential_answers(member),
    }
    return render(request, "panels/preferences.html", context)


def _languages_for(member: Member) -> list:
    codes = dict.fromkeys([*public_languages(), *member.languages])
    return [LANGUAGES[code] for code in codes]


def _further_languages(member: Member) -> list[tuple[int, str]]:
    """What is chosen in each of the boxes: one more than there are, so that one can be added."""
    chosen = member.languages[1:]
    boxes = min(len(chosen) + 1, choices.MOST_FURTHER_LANGUAGES)
    return [(number, code) for number, code in enumerate([*chosen, ""][:boxes], 2)]


def _last_consents(memberships: list[Membership]) -> dict[int | None, Consent]:
    """Of each membership the one that counts."""
    rows = Consent.objects.filter(membership__in=memberships).order_by("at", "pk")
    return {consent.membership_id: consent for consent in rows}


@require_safe
@never_cache
@public_page
def agreed_text(request: HttpRequest, token: str, consent_id: int) -> HttpResponse:
    member = choices.member_of(token)
    consent = Consent.objects.filter(
        pk=consent_id, membership__member=member, wording__isnull=False
    ).select_related("wording", "panel")
    found = consent.first() if member else None
    if found is None or found.wording is None:
        raise Http404
    words = consent_texts.words_in(found.wording)
    return render(
        request,
        "panels/agreed_text.html",
        {"consent": found, "words": words, "panel": found.panel, "token": token},
    )


@require_safe
@never_cache
@public_page
def held(request: HttpRequest, token: str) -> HttpResponse:
    """Everything we hold, to be read or kept as a file."""
    member = choices.member_of_copy(token)
    if member is None:
        return render(request, "panels/done.html", {"state": "broken"}, status=404)
    content = subject_requests.held_about(member)
    if "json" in request.GET:
        return json_file(content)
    return render(request, "panels/held.html", {"sections": sections_of(content), "token": token})
