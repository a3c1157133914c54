"""The gateway of an installation without one: keeps mail and text messages to be read in the browser."""

from collections.abc import Callable

from cxportal.dispatch.gateways.base import Gateway, Outcome
from cxportal.dispatch.models import Message, OutboxMail
from cxportal.dispatch.rendering import render


class OutboxGateway(Gateway):
    def hand_over(self, message: Message, fence: Callable[[], bool]) -> Outcome:
        rendered = render(message)
        if not fence():
            return Outcome.withheld()
        OutboxMail.objects.get_or_create(
            message_id=message.message_id,
            defaults={
                "channel": message.channel,
                "address": message.address,
                "subject": rendered.subject,
                "text": rendered.text,
                "html": rendered.html,
                "headers": rendered.headers,
                "language": message.language,
            },
        )
        return Outcome.accepted()
