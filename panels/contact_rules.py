"""How often anybody may be asked across all waves, and at which hours messages go out."""

from datetime import datetime, timedelta

from django.db.models import Count
from django.utils import timezone

from panels.models import ContactRule, Invitation


def current() -> ContactRule:
    return ContactRule.objects.filter(pk=1).first() or ContactRule(pk=1)


def is_quiet(rule: ContactRule, at: datetime) -> bool:
    """In the agency's time. Quiet hours may go past midnight."""
    local = timezone.localtime(at)
    now = local.time()
    if local.weekday() not in rule.weekdays:
        return True
    if rule.quiet_from < rule.quiet_until:
        return rule.quiet_from <= now < rule.quiet_until
    return now >= rule.quiet_from or now < rule.quiet_until


def next_moment(rule: ContactRule, at: datetime) -> datetime:
    """`at`, or the first moment after it at which messages go out."""
    if not is_quiet(rule, at) or not rule.weekdays:
        return at
    local = timezone.localtime(at)
    opening = local.replace(
        hour=rule.quiet_until.hour, minute=rule.quiet_until.minute, second=0, microsecond=0
    )
    while opening <= local or is_quiet(rule, opening):
        day = opening.date() + timedelta(days=1)
        opening = timezone.make_aware(datetime.combine(day, rule.quiet_until))
    return opening


def asked_too_often(rule: ContactRule, at: datetime) -> set[int]:
    """Members who may not be asked again at this moment. A wiped list cannot count."""
    since = at - timedelta(days=rule.within_days)
    asked = (
        Invitation.objects.filter(member__isnull=False, asked_at__gt=since)
        .exclude(state=Invitation.State.WITHDRAWN)
        .order_by()
        .values("member")
        .annotate(times=Count("pk"))
        .filter(times__gte=rule.most_requests)
    )
    return set(asked.values_list("member", flat=True))
