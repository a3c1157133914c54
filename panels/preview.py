"""What a mailing would do, seen before it does it: nothing is started without this."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from cxportal.dispatch.models import ChannelOfMessage, GatewayState
from cxportal.languages import LANGUAGES, KnownLanguage
from panels import contact_rules, invitation_texts, profiles
from panels.audience import Audience, audience_of
from panels.models import ContactRule, Mailing, Panel, Reason


class LanguageRow(NamedTuple):
    language: KnownLanguage
    email: int
    sms: int
    falls_back: int
    has_words: bool
    sms_parts: int
    """As how many messages one text message is charged; 0 where nobody gets one."""

    @property
    def charged(self) -> int:
        return self.sms * self.sms_parts

    @property
    def together(self) -> int:
        return self.email + self.sms


class ReasonRow(NamedTuple):
    reason: str
    label: str
    number: int


@dataclass(frozen=True)
class Preview:
    mailing: Mailing
    audience: Audience
    seen_hash: str
    rule: ContactRule
    at: datetime

    @property
    def invited(self) -> int:
        return len(self.audience.invited)

    @property
    def languages(self) -> list[LanguageRow]:
        """Most frequent first."""
        words = invitation_texts.words_of(self.mailing)
        numbers = Counter((person.language, person.channel) for person in self.audience.invited)
        falls = Counter(person.language for person in self.audience.invited if person.falls_back)
        rows = [
            LanguageRow(
                LANGUAGES[code],
                numbers[code, ChannelOfMessage.EMAIL],
                numbers[code, ChannelOfMessage.SMS],
                falls[code],
                code in words,
                self._sms_parts(code) if code in words and numbers[code, ChannelOfMessage.SMS] else 0,
            )
            for code in self.audience.languages
        ]
        return sorted(rows, key=lambda row: (-row.together, row.language.code))

    def _sms_parts(self, language: str) -> int:
        """Of the longest text: that of the panel with the longest way to unsubscribe."""
        return max(
            (
                invitation_texts.shown(self.mailing, language, scope=panel.unsubscribe_scope).sms_length.parts
                for panel in self.mailing.panels.all()
            ),
            default=0,
        )

    @property
    def charged(self) -> int:
        """Text messages as the gateway charges them, without reminders."""
        return sum(row.charged for row in self.languages)

    @property
    def together(self) -> dict[str, int]:
        channels = Counter(person.channel for person in self.audience.invited)
        return {
            "email": channels[ChannelOfMessage.EMAIL],
            "sms": channels[ChannelOfMessage.SMS],
            "falls_back": sum(person.falls_back for person in self.audience.invited),
        }

    @property
    def reasons(self) -> list[ReasonRow]:
        return [
            ReasonRow(reason, str(Reason(reason).label), number)
            for reason, number in self.audience.reasons.most_common()
        ]

    @property
    def profile_count(self) -> int:
        return len(self.audience.profile_sizes())

    @property
    def order(self) -> list[str]:
        return profiles.order_of(self.mailing.wave)

    @property
    def lost(self) -> list[tuple[str, int]]:
        """What the profiles lost, in the order in which it is given up."""
        return [(step, number) for step, number in self.audience.coarsened.lost.items() if number]

    @property
    def has_profiles_too_small(self) -> bool:
        return (
            self.mailing.wave.is_anonymous
            and 0 < self.audience.coarsened.smallest < self.mailing.wave.smallest_profile
        )

    @property
    def has_lists_that_cannot_count(self) -> bool:
        """A wiped list does not remember who was asked, so the rule of rest knows nothing of it."""
        return self.mailing.panels.exclude(wipes=Panel.Wipes.KEEPS).exists()

    @property
    def minutes(self) -> int | None:
        """How long handing over takes at the rates of the gateways; nothing where no rate is set."""
        rates = dict(GatewayState.objects.values_list("channel", "rate_per_minute"))
        needed = [
            -(-self.together[channel] // rate)
            for channel, rate in rates.items()
            if rate and self.together.get(channel)
        ]
        return max(needed, default=None)


def preview_of(mailing: Mailing, *, at: datetime | None = None) -> Preview:
    asking_at = moment_of(mailing, at=at)
    audience = audience_of(mailing, at=asking_at)
    return Preview(mailing, audience, hash_of(mailing, audience), contact_rules.current(), asking_at)


def moment_of(mailing: Mailing, *, at: datetime | None = None) -> datetime:
    """When people would be asked, as far as the clock and the mailing say."""
    at = at or timezone.now()
    return max(at, mailing.starts_at) if mailing.starts_at else at


def hash_of(mailing: Mailing, audience: Audience) -> str:
    """Of who is asked and what they read. Whoever starts a mailing names the hash they have seen."""
    texts = invitation_texts.digest_of(mailing, audience.languages)
    how = f"{audience.digest()}:{texts}:{mailing.reminder_days}"
    return hashlib.sha256(how.encode()).hexdigest()
