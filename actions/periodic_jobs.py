from actions import adjusting, reminders
from cxportal.dispatch import due

due.register("actions.requests", adjusting.remind_due, period_of=due.daily(hour=7))
due.register("actions.reminders", reminders.queue_due, period_of=due.daily(hour=7))
