"""What tests of mailings need: a panel of many, a wave that is open, a mailing that was looked at."""

from datetime import UTC, datetime

from django.utils import timezone

from cxportal.dispatch.addresses import address_hash
from panels import mailing as mailings
from panels.models import Consent, ContactRule, Mailing, Member, Membership, Panel, Wording
from panels.preview import preview_of
from surveys import waves
from surveys.models import Wave
from tests.factories import VersionFactory, WaveFactory

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def new_panel(code: str = "customers", kind: str = "customer", **more) -> Panel:
    return Panel.objects.create(code=code, name=f"Panel {code}", kind=kind, **more)


def fill(panel: Panel, number: int, *, first: int = 0, consents: bool = True, **more) -> list[Membership]:
    """`number` people with an e-mail address; `more` may hold functions of the number."""
    columns = {name: (value if callable(value) else lambda _n, v=value: v) for name, value in more.items()}

    def of(name, n, default=None):
        return columns[name](n) if name in columns else default

    members = []
    for n in range(first, first + number):
        email, phone = of("email", n, f"person{n}@mail.example"), of("phone", n, "")
        members.append(
            Member(
                name=f"Person {n}",
                email=email,
                email_folded=email.casefold(),
                email_hash=address_hash(email, "email") if email else "",
                phone=phone,
                phone_hash=address_hash(phone, "sms") if phone else "",
                language=of("language", n, "en"),
                mail_state=of("mail_state", n, "ok"),
                opted_out_at=of("opted_out_at", n),
                paused_until=of("paused_until", n),
            )
        )
    Member.objects.bulk_create(members)
    rows = Membership.objects.bulk_create(
        Membership(
            panel=panel,
            member=member,
            attributes=of("attributes", n, {}),
            unit=of("unit", n),
            channel=of("channel", n, ""),
            opted_out_at=of("left_panel_at", n),
        )
        for n, member in enumerate(members, start=first)
    )
    if consents and panel.is_standing:
        consent(panel, rows)
    return rows


def consent(panel: Panel, rows: list[Membership]) -> None:
    wording = Wording.objects.filter(panel=panel).first() or Wording.objects.create(
        panel=panel, language="en", text="I agree to be asked."
    )
    Consent.objects.bulk_create(
        Consent(membership=row, panel=panel, wording=wording, kind="given", way="web") for row in rows
    )


def open_wave(*, languages=("en", "fi"), privacy: str = "anonymous", by=None, **more) -> Wave:
    version = VersionFactory()
    for code in languages:
        version.content["title"][code] = f"How was it? ({code})"
        version.content["purpose"][code] = f"Please tell us. ({code})"
    version.save()
    wave = WaveFactory(version=version, privacy=privacy, **more)
    mailings.collector_of(wave)
    wave = waves.open_wave(wave=wave, by=by, at=MONDAY - timezone.timedelta(days=1))
    wave.languages = list(languages)  # they need not be complete or read
    wave.save()
    return wave


def new_mailing(wave: Wave, *panels: Panel, sample: dict | None = None, **how) -> Mailing:
    return mailings.prepare(wave=wave, panels=panels, by=None, sample=sample, **how)


def started(mailing: Mailing, *, at: datetime = MONDAY, by=None) -> Mailing:
    return mailings.start(mailing=mailing, seen=preview_of(mailing, at=at).seen_hash, by=by, at=at)


def any_hour(**more) -> ContactRule:
    """A rule that lets messages out at any time."""
    rule = ContactRule(pk=1, quiet_from="03:00", quiet_until="03:01", **more)
    rule.save()
    return rule
