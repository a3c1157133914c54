from django.conf import settings

from cxportal.dispatch.gateways.base import Gateway
from cxportal.dispatch.gateways.outbox import OutboxGateway
from cxportal.dispatch.gateways.sms import SmsGateway
from cxportal.dispatch.gateways.smtp import SmtpGateway


def gateway_for(channel: str) -> Gateway:
    """The gateway that the settings name; the local outbox where they name none and it `is_set`."""
    if channel == "email" and settings.EMAIL_URL:
        return SmtpGateway()
    if channel == "sms" and settings.SMS_URL:
        return SmsGateway()
    return OutboxGateway()


def is_set(channel: str) -> bool:
    """False in production without a gateway: messages wait, because nobody would read an outbox."""
    return bool(_url_of(channel)) or not settings.PRODUCTION


def uses_outbox(channel: str) -> bool:
    return is_set(channel) and not _url_of(channel)


def _url_of(channel: str) -> str:
    return settings.EMAIL_URL if channel == "email" else settings.SMS_URL
