"""A questionnaire as the CX team writes it. What respondents meet is a frozen `Version` of it."""

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cxportal.languages import LANGUAGES, SOURCE
from cxportal.organisation.models import Service, Stage, Topic, Unit
from surveys.conditions import BadCondition, Condition, read_condition
from surveys.scales import STANDARD

if TYPE_CHECKING:
    from cxportal.organisation.models import User

question_code_validator = RegexValidator(
    r"^[a-z][a-z0-9_]{0,39}\Z",
    _(
        "A code begins with a small letter and goes on with small letters, digits and underscores, at most 40."
    ),
)
choice_code_validator = RegexValidator(
    r"^[a-z0-9][a-z0-9_]{0,39}\Z", _("A code is made of small letters, digits and underscores, at most 40.")
)


class SurveyQuerySet(models.QuerySet):
    def for_user(self, user: "User") -> "SurveyQuerySet":
        """Questionnaires hold nothing of people: the CX team keeps them, managers and viewers may read them."""
        if user.scope.is_cx_team:
            return self
        return self.filter(user.scope.units_condition("unit", "manager", "viewer"))


class Survey(models.Model):
    """A questionnaire with its translations; its waves are comparable with one another (the series)."""

    code = models.CharField(_("code"), max_length=40, unique=True, validators=[question_code_validator])
    title = models.CharField(_("title"), max_length=200)
    purpose = models.TextField(_("why we ask, in one or two sentences"), max_length=600, blank=True)
    thanks = models.TextField(_("what happens with the answers"), max_length=600, blank=True)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="surveys", verbose_name=_("unit")
    )
    source_language = models.CharField(
        _("written in"),
        max_length=10,
        default=SOURCE,
        choices=[(language.code, language.native_name) for language in LANGUAGES.values()],
    )
    best_first = models.BooleanField(
        _("best answer first"),
        default=True,
        help_text=_(
            "The order of faces and words. It belongs to the series and is frozen when a wave opens."
        ),
    )
    offers_simple_mode = models.BooleanField(_("offers the easier version"), default=True)

    objects = SurveyQuerySet.as_manager()

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.title or self.code


class Part(models.Model):
    """One page of the questionnaire."""

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="parts", verbose_name=_("survey"))
    title = models.CharField(_("title"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("part")
        verbose_name_plural = _("parts")
        ordering = ["survey", "position", "pk"]

    def __str__(self) -> str:
        return self.title or f"#{self.pk}"


class OwnScale(models.Model):
    """A scale of 2 to 11 points made by the agency; the ready ones stand in `surveys.scales`."""

    code = models.CharField(_("code"), max_length=40, unique=True, validators=[question_code_validator])
    name = models.CharField(_("name"), max_length=120)
    is_numeric = models.BooleanField(_("the points are numbers a mean may be taken of"), default=True)
    high_is_good = models.BooleanField(_("high is good"), null=True, default=True)

    class Meta:
        verbose_name = _("own scale")
        verbose_name_plural = _("own scales")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.code in STANDARD:
            raise ValidationError({"code": _("A ready scale has this code.")})


class OwnScalePoint(models.Model):
    scale = models.ForeignKey(OwnScale, models.CASCADE, related_name="points", verbose_name=_("scale"))
    code = models.CharField(_("code"), max_length=40, validators=[choice_code_validator])
    label = models.CharField(_("label"), max_length=120, blank=True)
    value = models.SmallIntegerField(_("value"))
    is_favourable = models.BooleanField(_("favourable"), default=False)

    class Meta:
        verbose_name = _("point")
        verbose_name_plural = _("points")
        ordering = ["scale", "value"]
        constraints = [
            models.UniqueConstraint(fields=["scale", "code"], name="scale_point_code_once"),
            models.UniqueConstraint(fields=["scale", "value"], name="scale_point_value_once"),
        ]

    def __str__(self) -> str:
        return self.label or self.code


class Breakdown(models.TextChoices):
    """What a respondent may declare about their visit, so that results can be read by it."""

    UNIT = "unit", _("Unit")
    SERVICE = "service", _("Service")
    STAGE = "stage", _("Stage")
    CHANNEL = "channel", _("Channel")
    TOPIC = "topic", _("Topic")


class Question(models.Model):
    """Something asked. Its code is stored with every answer and never changes."""

    class Kind(models.TextChoices):
        RATING = "rating", _("Rating on a scale")
        GRID = "grid", _("Several things rated on one scale")
        SINGLE = "single", _("One of several choices")
        MULTIPLE = "multiple", _("Any of several choices")
        YES_NO = "yes_no", _("Yes or no, with reasons after a no")
        THUMBS = "thumbs", _("Thumb up or down, with reasons after a thumb down")
        RANKING = "ranking", _("Ranking by number")
        NUMBER = "number", _("Number")
        SHORT_TEXT = "short_text", _("Short text")
        LONG_TEXT = "long_text", _("Long text")
        INFORMATION = "information", pgettext_lazy("kind of question", "Information, nothing asked")

    WITH_SCALE = (Kind.RATING, Kind.GRID)
    WITH_CHOICES = (Kind.SINGLE, Kind.MULTIPLE, Kind.YES_NO, Kind.THUMBS, Kind.RANKING)
    TEXTS = (Kind.SHORT_TEXT, Kind.LONG_TEXT)

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="questions", verbose_name=_("survey"))
    part = models.ForeignKey(Part, models.CASCADE, related_name="questions", verbose_name=_("part"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    code = models.CharField(_("code"), max_length=40, validators=[question_code_validator])
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.RATING)
    text = models.TextField(_("question"), max_length=500)
    help = models.TextField(_("hint"), max_length=500, blank=True)
    is_required = models.BooleanField(
        _("ask again once when left empty"),
        default=False,
        help_text=_("Who leaves it empty is asked once, and then let through."),
    )
    offers_not_for_me = models.BooleanField(_("offer “Not for me”"), default=False)
    offers_dont_know = models.BooleanField(_("offer “I do not know”"), default=False)
    topic = models.ForeignKey(
        Topic, models.SET_NULL, null=True, blank=True, related_name="questions", verbose_name=_("topic")
    )
    standard_scale = models.CharField(
        _("ready scale"),
        max_length=20,
        blank=True,
        choices=[(scale.code, scale.name) for scale in STANDARD.values()],
    )
    own_scale = models.ForeignKey(
        OwnScale, models.PROTECT, null=True, blank=True, related_name="questions", verbose_name=_("own scale")
    )
    fills = models.CharField(
        _("the choice says which"),
        max_length=10,
        blank=True,
        choices=Breakdown.choices,
        help_text=_("What the respondent declares here fills this breakdown of the results."),
    )
    low = models.IntegerField(_("lowest number"), null=True, blank=True)
    high = models.IntegerField(_("highest number"), null=True, blank=True)
    max_length = models.PositiveSmallIntegerField(
        _("longest text"),
        default=2000,
        validators=[MinValueValidator(10), MaxValueValidator(4000)],
    )
    band_of = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("rating that sorts the comments"),
        help_text=_(
            "Comments are shown as favourable, middle or unfavourable by the answer to this question."
        ),
    )
    shown_if = models.JSONField(_("shown if"), null=True, blank=True)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["part", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["survey", "code"], name="question_code_once_per_survey"),
            models.CheckConstraint(
                condition=models.Q(standard_scale="") | models.Q(own_scale__isnull=True),
                name="question_has_one_scale_at_most",
                violation_error_message=_("Choose a ready scale or an own one, not both."),
            ),
            models.CheckConstraint(
                condition=~models.Q(kind__in=["rating", "grid"])
                | ~models.Q(standard_scale="")
                | models.Q(own_scale__isnull=False),
                name="question_rated_on_a_scale",
                violation_error_message=_("A rating needs a scale."),
            ),
            models.CheckConstraint(
                condition=models.Q(low__isnull=True)
                | models.Q(high__isnull=True)
                | models.Q(low__lte=models.F("high")),
                name="question_low_not_above_high",
                violation_error_message=_("The lowest number must not be above the highest."),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def read_condition(self) -> Condition | None:
        """When it is shown. Raises `BadCondition` for a tree that is none."""
        return read_condition(self.shown_if, place=self.code) if self.shown_if else None

    def clean(self) -> None:
        try:
            self.read_condition()
        except BadCondition as error:
            raise ValidationError({"shown_if": str(error)}) from error


class Item(models.Model):
    """One of the things that a grid asks about."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="items", verbose_name=_("question"))
    code = models.CharField(_("code"), max_length=40, validators=[question_code_validator])
    text = models.CharField(_("text"), max_length=200)
    topic = models.ForeignKey(
        Topic, models.SET_NULL, null=True, blank=True, related_name="items", verbose_name=_("topic")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        ordering = ["question", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["question", "code"], name="item_code_once_per_question")
        ]

    def __str__(self) -> str:
        return self.code


class Choice(models.Model):
    """One answer that can be chosen. It may stand for a unit, service, stage, channel or topic."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="choices", verbose_name=_("question"))
    code = models.CharField(_("code"), max_length=40, validators=[choice_code_validator])
    text = models.CharField(_("text"), max_length=300)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_exclusive = models.BooleanField(_("excludes the others (“none of these”)"), default=False)
    asks_for_text = models.BooleanField(_("“other”, with a text box"), default=False)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit")
    )
    service = models.ForeignKey(
        Service, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("service")
    )
    stage = models.ForeignKey(
        Stage, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("stage")
    )
    topic = models.ForeignKey(
        Topic, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("topic")
    )
    channel = models.CharField(_("channel"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        ordering = ["question", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["question", "code"], name="choice_code_once_per_question")
        ]

    def __str__(self) -> str:
        return self.code
