from cxportal.dispatch import due
from surveys import clips, exports, held, publication_making, weighting

due.register("surveys.forget_unused_clips", clips.forget_unused, period_of=due.weekly(weekday=6, hour=3))
due.register("surveys.held_answers_expire", held.let_expire, period_of=due.daily(hour=3))
due.register("surveys.publish_results", publication_making.make_due, period_of=due.every_minutes(5))
due.register("surveys.write_exports", exports.write_waiting, period_of=due.every_minutes(1))
due.register("surveys.delete_exports", exports.delete_expired, period_of=due.daily(hour=3))
due.register("surveys.weigh", weighting.weigh_waiting, period_of=due.every_minutes(1))
