from actions import adjusting
from cxportal.dispatch import due

due.register("actions.requests", adjusting.remind_due, period_of=due.daily(hour=7))
