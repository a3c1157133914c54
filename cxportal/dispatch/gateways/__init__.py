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
    """False for text messages in production without a gateway: they wait, because nobody would read an outbox."""
    return channel != "sms" or bool(settings.SMS_URL) or not settings.PRODUCTION


def uses_outbox(channel: str) -> bool:
    return is_set(channel) and not (settings.EMAIL_URL if channel == "email" else settings.SMS_URL)
