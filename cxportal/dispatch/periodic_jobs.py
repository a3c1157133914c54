from django.conf import settings

from cxportal.dispatch import due, reports, suppression

if settings.BOUNCE_URL:
    due.register("dispatch.read_mailbox", reports.read_mailbox, period_of=due.every_minutes(5))
due.register("dispatch.forget_old_periods", due.forget_old, period_of=due.daily(hour=3))
due.register("dispatch.forget_final", suppression.forget_final, period_of=due.daily(hour=3))
