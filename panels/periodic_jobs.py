from cxportal.dispatch import due
from panels import member_files, opt_out, purge, triggers, upkeep

due.register("panels.mailings", upkeep.keep_up, period_of=due.every_minutes(1))
due.register("panels.recount", upkeep.recount, period_of=due.every_minutes(60))
due.register("panels.forget_contacts", triggers.forget_contacts, period_of=due.daily(hour=3))
due.register("panels.reports", opt_out.take_over_reports, period_of=due.every_minutes(10))
due.register("panels.imports", member_files.take_up_abandoned, period_of=due.every_minutes(5))
due.register("panels.finished_lists", purge.wipe_finished_lists, period_of=due.every_minutes(15))
due.register("panels.purge", purge.purge, period_of=due.daily(hour=2))
