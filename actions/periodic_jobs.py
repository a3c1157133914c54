from actions import adjusting, reminders, telling_people
from cxportal.dispatch import due

due.register("actions.requests", adjusting.remind_due, period_of=due.daily(hour=7))
due.register("actions.reminders", reminders.queue_due, period_of=due.daily(hour=7))
due.register("actions.tell_people", telling_people.tell_due, period_of=due.every_minutes(5))
