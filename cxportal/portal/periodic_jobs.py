from cxportal.dispatch import due
from cxportal.portal import weekly_digest

due.register("portal.weekly_digest", weekly_digest.queue_due, period_of=due.weekly(weekday=0, hour=6))
