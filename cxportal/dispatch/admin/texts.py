"""Every message as people get it, in any language, made from data of nobody."""

from typing import NamedTuple

from csp.decorators import csp_replace, csp_update
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from cxportal.dispatch.addresses import address_hash
from cxportal.dispatch.admin.outbox import MAIL_POLICY, mail_response
from cxportal.dispatch.admin.pages import StaffRequest, framed
from cxportal.dispatch.models import ChannelOfMessage, Message
from cxportal.dispatch.rendering import MessageTemplate, Rendered, message_template, message_templates, render
from cxportal.dispatch.sms_length import SmsLength, sms_length
from cxportal.languages import LANGUAGES, SOURCE, STAFF, KnownLanguage
from cxportal.organisation.models import Language


class LanguageTab(NamedTuple):
    language: KnownLanguage
    is_current: bool


class TextMessage(NamedTuple):
    text: str
    length: SmsLength


@require_safe
def texts(request: StaffRequest) -> HttpResponse:
    """The first message stands for the list: the others are one click away."""
    first = message_templates()[0]
    return redirect("admin:dispatch_preview_text", code=first.code, language=SOURCE)


@require_safe
@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]
def text(request: StaffRequest, code: str, language: str) -> HttpResponse:
    template = _template(code, language)
    used = list(dict.fromkeys([*Language.offered(), *STAFF]))
    if language not in used:
        used.append(language)
    tabs = [LanguageTab(known, known.code == language) for known in LANGUAGES.values()]
    return framed(
        request,
        "dispatch/staff/text.html",
        title=_("Message texts"),
        template=template,
        templates=message_templates(),
        language=LANGUAGES[language],
        used_languages=sorted(
            (tab for tab in tabs if tab.language.code in used), key=lambda tab: used.index(tab.language.code)
        ),
        other_languages=[tab for tab in tabs if tab.language.code not in used],
        mail=_rendered(template, language, ChannelOfMessage.EMAIL),
        text_message=_text_message(template, language),
    )


@require_safe
@xframe_options_sameorigin
@csp_replace(MAIL_POLICY)  # type: ignore[arg-type]
def text_html(request: StaffRequest, code: str, language: str) -> HttpResponse:
    mail = _rendered(_template(code, language), language, ChannelOfMessage.EMAIL)
    if mail is None:
        raise Http404
    return mail_response(mail.html)


def _template(code: str, language: str) -> MessageTemplate:
    template = message_template(code)
    if template is None or language not in LANGUAGES:
        raise Http404
    return template


def _text_message(template: MessageTemplate, language: str) -> TextMessage | None:
    rendered = _rendered(template, language, ChannelOfMessage.SMS)
    return TextMessage(rendered.text, sms_length(rendered.text)) if rendered else None


def _rendered(template: MessageTemplate, language: str, channel: str) -> Rendered | None:
    if channel not in template.channels:
        return None
    return render(
        Message(
            template=template.code,
            channel=channel,
            language=language,
            data=template.sample_data,
            address_hash=address_hash("nobody@mail.example", ChannelOfMessage.EMAIL),
            unsubscribe_scope=template.sample_scope,
        )
    )
