"""Every page there is, for the walks through them. A new page gets a line here."""

from collections.abc import Callable
from typing import NamedTuple

from django.contrib import admin
from django.urls import NoReverseMatch, reverse
from django.utils import translation

from actions import adjusting
from actions.models import Action, Adjustment, Plan, PlanTopic, ToldBack


class Walk(NamedTuple):
    """One page: its name in reports, how to find its path, and who looks at it."""

    name: str
    path: Callable[[], str]
    user: str | None = None


def named(name: str, url_name: str, *args, user: str | None = None) -> Walk:
    return Walk(name, lambda: reverse(url_name, args=args), user)


def of_plan() -> str:
    plan = Plan.objects.get()
    return reverse("actions:plan", args=[plan.unit_id, plan.year])


def answering_a_request() -> str:
    token = adjusting.link_of(Adjustment.objects.get()).rstrip("/").rpartition("/")[2]
    return reverse("adjustment", args=[token])


def of_late_action(url_name: str) -> Callable[[], str]:
    return lambda: reverse(url_name, args=[Action.objects.overdue().get().pk])


PUBLIC = [
    named("front", "front"),
    named("privacy", "privacy"),
    named("accessibility", "accessibility"),
    named("contact", "contact"),
    named("measurements", "survey_announcements"),
    named("a measurement", "survey_announcement", "running"),
    named("public results", "public_results_list"),
    named("public results of a wave", "public_results", "published"),
    named("tell a story", "tell"),
    named("report a technical fault", "tell_technical_failure"),
    named("receipt", "receipt"),
    named("stories", "stories"),
    named("you said, we did", "did"),
    named("you said, we did: a topic", "did_topic", "waiting"),
    named("you said, we did: a service", "did_service", "permits"),
    Walk("you said, we did: one", lambda: reverse("did_one", args=[ToldBack.objects.get().pk])),
    Walk("answering a request", answering_a_request),
    named("a link to answer a request that does not work", "adjustment", "x"),
    Walk("not found", lambda: reverse("front") + "nowhere/"),
    named("panels to join", "panels:join_list"),
    named("a link to a membership that does not work", "panels:preferences", "x"),
    named("a link to join that does not work", "panels:confirm", "x"),
    # with a cookie for their forms, which the pages above must not set: last
    named("log in", "account_login"),
    named("forgotten password", "account_reset_password"),
]
STAFF = [
    named("home of the CX team", "admin:index", user="chiara"),
    named("home of a manager", "admin:index", user="aino"),
    named("home of desk staff", "admin:index", user="bram"),
    named("home of a viewer", "admin:index", user="elif_"),
    named("home of an administrator", "admin:index", user="dimitri"),
    named("search", "admin:search", user="chiara"),
    named("ready-made surveys", "blueprints:gallery", user="chiara"),
    named("a ready-made survey", "blueprints:one", "C1", user="chiara"),
    named("action board", "actions:board", user="aino"),
    named("annual plans", "actions:plans", user="chiara"),
    named("annual plans of a manager", "actions:plans", user="aino"),
    Walk("annual plan of a unit", of_plan, "aino"),
    Walk(
        "handing a topic over",
        lambda: reverse("actions:hand_over", args=[PlanTopic.objects.filter(answer="").first().pk]),
        "aino",
    ),
    Walk("an action", of_late_action("admin:actions_action_change"), "chiara"),
    Walk("moving an action", of_late_action("actions:move"), "aino"),
    Walk("asking for adjustment", of_late_action("actions:ask"), "aino"),
    Walk(
        "what the public is told",
        lambda: reverse("admin:actions_toldback_change", args=[ToldBack.objects.get().pk]),
        "chiara",
    ),
    Walk(
        "making an action",
        lambda: f"{reverse('actions:make')}?topic={PlanTopic.objects.first().topic_id}",
        "aino",
    ),
    named("typing in answers", "paper:batches", user="bram"),
    named("feedback queue", "queue:queue", user="chiara"),
    named("backlog", "queue:backlog", user="chiara"),
    named("new observation", "desk:observe", user="bram"),
    named("take down a voice", "desk:take_down", user="bram"),
    named("topics side by side", "desk:topics", user="aino"),
    named("one topic", "desk:topic", "waiting", user="aino"),
    named("results", "results:waves", user="chiara"),
    named("import a survey", "admin:surveys_survey_import", user="chiara"),
    named("languages", "admin:organisation_languages", user="chiara"),
    named("messages", "admin:dispatch_overview", user="chiara"),
    named("messages with unknown outcome", "admin:dispatch_unknown", user="chiara"),
    named("outbox", "admin:dispatch_outbox", user="chiara"),
    named("message templates", "admin:dispatch_preview", user="chiara"),
    named("password", "account_change_password", user="chiara"),
    named("mails to me", "account_mails", user="chiara"),
    named("second factor", "mfa_index", user="chiara"),
]
OF_ACTIONS = [
    "action board",
    "list of actions.Action",
    "an action",
    "moving an action",
    "making an action",
    "asking for adjustment",
    "annual plans of a manager",
    "annual plan of a unit",
    "handing a topic over",
    "what the public is told",
    "you said, we did",
    "you said, we did: a topic",
    "you said, we did: one",
    "answering a request",
]
MATTER_MOST = [
    "front",
    "tell a story",
    "privacy",
    "log in",
    "home of the CX team",
    "home of a manager",
    "feedback queue",
    "stories",
    "new observation",
    "list of organisation.Unit",
    "add organisation.Unit",
    "messages",
]


def lists_and_forms() -> list[Walk]:
    """The list and the empty form of every admin that somebody may see."""
    pages = []
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        user = "dimitri" if model._meta.label in {"organisation.User", "auditlog.LogEntry"} else "chiara"
        pages.append(named(f"list of {model._meta.label}", f"admin:{name}_changelist", user=user))
        pages.append(named(f"add {model._meta.label}", f"admin:{name}_add", user=user))
    return pages


def every_page() -> list[Walk]:
    return [*PUBLIC, *STAFF, *lists_and_forms()]


def path_in(language: str, page: Walk) -> str | None:
    with translation.override(language):
        try:
            return page.path()
        except NoReverseMatch:
            return None
