"""The steps of the demo in their order. A name that was given is never given to another step."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cxportal.portal.demo import actions, agency, colleagues, feedback, mails, panels, plans
from cxportal.portal.demo.runs import RUNS
from cxportal.portal.demo.stage import Stage
from cxportal.portal.demo.waves import fill_wave, prepare_next, publish_wave, send_messages


class Step(NamedTuple):
    name: str
    title: Promise
    fill: Callable[[Stage], None]
    is_atomic: bool = True
    """Else it is safe to run twice, and its name is left when it has come to its end."""


STEPS = [
    Step("units", _("units and languages"), agency.fill_units),
    Step("colleagues", _("colleagues"), colleagues.fill_colleagues),
    *(
        Step(f"panel {code}", _("panels"), partial(panels.fill_panel, code=code, kind=kind, size=size))
        for code, kind, size in panels.PANELS
    ),
    Step("those who left", _("panels"), panels.fill_those_who_left),
    Step("contacts", _("panels"), panels.fill_contacts),
    Step("callers", _("panels"), panels.fill_callers),
    Step("rules", _("rules for feedback"), feedback.fill_rules),
    *(
        step
        for run in RUNS
        for step in (
            Step(f"wave {run.code}", _("waves and their answers"), partial(fill_wave, run=run)),
            Step(f"messages {run.code}", _("messages"), partial(send_messages, run=run), is_atomic=False),
            Step(f"results {run.code}", _("results"), partial(publish_wave, run=run)),
        )
    ),
    Step("next wave", _("waves and their answers"), prepare_next),
    Step("voices", _("feedback"), feedback.fill_voices),
    Step("observations", _("observations"), feedback.fill_observations),
    Step("actions", _("actions and what was told back"), actions.fill_actions),
    Step("plans", _("annual plans"), plans.fill_plans),
    Step("requests", _("requests to bodies outside"), plans.fill_requests),
    Step("letters", _("messages"), mails.send_waiting, is_atomic=False),
    Step("answers to requests", _("requests to bodies outside"), plans.fill_answers_to_requests),
    Step("outcomes", _("answers to feedback"), feedback.fill_outcomes),
    Step("stories", _("public stories"), feedback.fill_stories),
    Step("unit figures", _("figures of units"), agency.fill_figures),
    Step("weekly mail", _("messages"), mails.fill_weekly_mail),
    Step("its sending", _("messages"), mails.send_waiting, is_atomic=False),
]
