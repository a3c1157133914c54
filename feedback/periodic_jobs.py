from cxportal.dispatch import due
from feedback import purge, survey_comments

due.register("feedback.fetch_comments", survey_comments.fetch_comments, period_of=due.every_minutes(30))
due.register("feedback.purge", purge.purge_due, period_of=due.daily(hour=3))
