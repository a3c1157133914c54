"""Headline figures: what they are, how each wave counts them, and weights that make a wave stand for its population."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from surveys.models.questionnaire import Survey, question_code_validator
from surveys.models.wave import Wave

if TYPE_CHECKING:
    from cxportal.organisation.models import User


class IndicatorQuerySet(models.QuerySet):
    def for_user(self, user: "User") -> "IndicatorQuerySet":
        """An indicator is as open as the questionnaire it belongs to."""
        if user.scope.is_cx_team:
            return self
        return self.filter(user.scope.units_condition("survey__unit", "manager", "viewer"))


class Indicator(models.Model):
    """A named figure of a survey: which questions, which formula, which target."""

    class Formula(models.TextChoices):
        MEAN = "mean", _("Mean of one question")
        SHARE = "share", _("Share of favourable answers to one question")
        POOLED_SHARE = "pooled_share", _("Share of favourable answers to several questions together")
        ALL_OF = "all_of", _("Share of people favourable in all of these questions")
        COMPOSITE = "composite", _("Mean over several questions, person by person")
        NPS = "nps", _("Net promoter score (NPS)")
        EFFORT = "effort", _("Customer effort score (CES): mean of one question")
        GOAL = "goal", _("Goal completion: share who reached their goal in full")

    OF_ONE_QUESTION = (Formula.MEAN, Formula.SHARE, Formula.NPS, Formula.EFFORT, Formula.GOAL)
    IS_SHARE = (Formula.SHARE, Formula.POOLED_SHARE, Formula.ALL_OF, Formula.GOAL)

    class Favourable(models.TextChoices):
        DECLARED = "declared", _("the answers that the scale calls favourable")
        TOP_ONE = "top_one", _("only the best point of the scale (top box)")
        TOP_TWO = "top_two", _("the two best points of the scale (top two boxes)")
        CHOSEN = "chosen", _("the answers named here")

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="indicators", verbose_name=_("survey"))
    code = models.CharField(_("code"), max_length=40, validators=[question_code_validator])
    name = models.CharField(_("name"), max_length=120)
    formula = models.CharField(_("formula"), max_length=14, choices=Formula.choices, default=Formula.MEAN)
    questions = models.JSONField(_("questions"), default=list, blank=True)
    favourable = models.CharField(
        _("favourable are"), max_length=10, choices=Favourable.choices, default=Favourable.DECLARED
    )
    values = models.CharField(
        _("answers named"),
        max_length=400,
        blank=True,
        help_text=_("Codes of answers with spaces between, for shares of named answers only."),
    )
    target = models.FloatField(
        _("target"),
        null=True,
        blank=True,
        help_text=_("In the unit of the figure: a mean, per cent for shares, points for NPS."),
    )
    high_is_good = models.BooleanField(_("high is good"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = IndicatorQuerySet.as_manager()

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ["survey", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["survey", "code"], name="indicator_code_once_per_survey"),
            models.CheckConstraint(
                condition=~models.Q(favourable="chosen") | ~models.Q(values=""),
                name="indicator_names_chosen_answers",
                violation_error_message=_("Name the answers that count as favourable."),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_share(self) -> bool:
        return self.formula in self.IS_SHARE


class CountedIndicator(models.Model):
    """An indicator as one wave counts it: worked out against the version that was asked, and kept beside its sums."""

    wave = models.ForeignKey(Wave, models.CASCADE, related_name="indicators", verbose_name=_("wave"))
    code = models.CharField(_("code"), max_length=40)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    content = models.JSONField(_("definition"))

    class Meta:
        verbose_name = _("indicator of a wave")
        verbose_name_plural = _("indicators of a wave")
        ordering = ["wave", "position", "code"]
        constraints = [
            models.UniqueConstraint(fields=["wave", "code"], name="counted_indicator_once_per_wave")
        ]

    def __str__(self) -> str:
        return self.code


class WeightingRunQuerySet(models.QuerySet):
    def ready(self) -> Self:
        return self.filter(state=WeightingRun.State.READY)


class WeightingRun(models.Model):
    """Weights that fit the answers of a closed wave to known margins. Never changed: another try is another run."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("being worked out")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")

    class Method(models.TextChoices):
        POST_STRATIFICATION = "post", _("Post-stratification: one margin")
        RAKING = "raking", _("Raking: several margins, one after the other")

    wave = models.ForeignKey(Wave, models.CASCADE, related_name="weighting_runs", verbose_name=_("wave"))
    number = models.PositiveSmallIntegerField(_("number"))
    method = models.CharField(_("method"), max_length=8, choices=Method.choices)
    margins = models.JSONField(_("margins"), help_text="[{breakdown, population: {cell: number}}]")
    source = models.CharField(_("where the numbers come from"), max_length=200, blank=True)
    lowest = models.FloatField(_("lowest weight"), null=True, blank=True)
    highest = models.FloatField(_("highest weight"), null=True, blank=True)
    weights = models.JSONField(
        default=list, help_text="[{cells: one per margin, weight}]; the mean weight of all answers is 1"
    )
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.READY)
    claimed_at = models.DateTimeField(null=True, editable=False)
    counted = models.PositiveIntegerField(_("answers gone through"), default=0)
    fault = models.TextField(_("why it failed"), blank=True)
    n = models.PositiveIntegerField(_("answers"), default=0)
    effective_n = models.FloatField(_("effective number of answers"), default=0)
    design_effect = models.FloatField(_("design effect"), default=0)
    held = models.PositiveIntegerField(_("answers held at a limit"), default=0)
    distance = models.FloatField(_("largest distance from a margin"), default=0)
    is_used = models.BooleanField(_("shown beside the unweighted figures"), default=False)
    made_at = models.DateTimeField(_("made at"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("made by")
    )

    objects = WeightingRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("weighting run")
        verbose_name_plural = _("weighting runs")
        ordering = ["wave", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["wave", "number"], name="weighting_run_number_once_per_wave"),
            models.UniqueConstraint(
                fields=["wave"], condition=models.Q(is_used=True), name="weighting_run_used_once_per_wave"
            ),
            models.CheckConstraint(
                condition=models.Q(is_used=False) | models.Q(state="ready"),
                name="weighting_run_used_when_ready",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"


class WeightedTally(models.Model):
    """As `Tally`, with weights: sums of w, w², wx, wx², w²x and w²x², from which figures and variances follow."""

    pk = models.CompositePrimaryKey("run_id", "question", "value", "breakdown", "cell")
    run = models.ForeignKey(WeightingRun, models.CASCADE, related_name="tallies")
    question = models.CharField(max_length=82, blank=True)
    value = models.CharField(max_length=60, blank=True)
    breakdown = models.CharField(max_length=120, blank=True)
    cell = models.CharField(max_length=260, blank=True)
    n = models.BigIntegerField()
    weight = models.FloatField()
    weight_squares = models.FloatField()
    total = models.FloatField(default=0)
    squares = models.FloatField(default=0)
    total_by_squares = models.FloatField(default=0, help_text="sum of w²x")
    squares_by_squares = models.FloatField(default=0, help_text="sum of w²x²")

    class Meta:
        verbose_name = "weighted tally"
        verbose_name_plural = "weighted tallies"

    def __str__(self) -> str:
        return f"{self.question} {self.value} {self.n}"
