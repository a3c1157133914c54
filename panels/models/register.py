"""Panels, the people in them, and what they agreed to, in which words, when."""

import secrets
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NoReturn, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

import cxportal.any_of  # noqa: F401
from cxportal.dispatch.models import ChannelOfMessage
from cxportal.languages import LANGUAGES, SOURCE
from cxportal.organisation.models import Unit
from surveys.models.questionnaire import choice_code_validator, question_code_validator

if TYPE_CHECKING:
    from cxportal.organisation.models import User

LANGUAGE_CHOICES = [(language.code, language.native_name) for language in LANGUAGES.values()]


def new_subject() -> str:
    return secrets.token_hex(16)


def languages_in(language: str, further: str) -> list[str]:
    return [language, *(code for code in further.split(",") if code)]


def validate_languages(further: str) -> None:
    if unknown := [code for code in further.split(",") if code not in LANGUAGES]:
        raise ValidationError(_("Not known: %(codes)s."), params={"codes": ", ".join(unknown)})


class PanelQuerySet(models.QuerySet):
    def for_user(self, user: "User") -> Self:
        """Panels hold personal data: the CX team keeps them, and managers those that their own units own."""
        if user.scope.is_cx_team:
            return self
        return self.filter(user.scope.units_condition("unit", "manager"))

    def open_to_join(self) -> Self:
        """Only with words to agree to."""
        wordings = Wording.objects.filter(panel=models.OuterRef("pk"))
        return self.filter(models.Exists(wordings), is_joinable=True)

    def wiped_by_themselves(self) -> Self:
        return self.exclude(wipes=Panel.Wipes.KEEPS)


class Panel(models.Model):
    """A group of people who may be asked: a standing panel, a contact list or a sample of a register."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("Customer panel")
        EMPLOYER = "employer", _("Employer panel")
        STAKEHOLDER = "stakeholder", _("Stakeholder panel")
        CONTACT_LIST = "contact_list", _("Contact list")
        REGISTER_SAMPLE = "register_sample", _("Sample of a register")

    class Wipes(models.TextChoices):
        KEEPS = "keeps", _("kept as long as the retention below says")
        AFTER_LAST_MESSAGE = (
            "after_last_message",
            _("wiped when the last message is handed over; no reminders"),
        )
        AFTER_LAST_REMINDER = "after_last_reminder", _("wiped when the last reminder is handed over")

    STANDING = (Kind.CUSTOMER, Kind.EMPLOYER, Kind.STAKEHOLDER)

    code = models.CharField(_("code"), max_length=40, unique=True, validators=[question_code_validator])
    name = models.CharField(_("name"), max_length=200)
    purpose = models.TextField(
        _("what the panel is for"),
        max_length=600,
        blank=True,
        help_text=_("Members read this before they join."),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.CUSTOMER)
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="panels",
        verbose_name=_("owner"),
        help_text=_("Empty: the agency."),
    )
    is_joinable = models.BooleanField(
        _("people may join by themselves"), default=False, help_text=_("Opens a public page for joining.")
    )
    wipes = models.CharField(
        _("after the mailing"), max_length=20, choices=Wipes.choices, default=Wipes.KEEPS
    )
    retention_months = models.PositiveSmallIntegerField(
        _("kept for months"),
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text=_("Counted from joining, or from the day somebody last said that they want to stay."),
    )
    key_name = models.CharField(max_length=60, unique=True, editable=False)

    objects = PanelQuerySet.as_manager()

    class Meta:
        verbose_name = _("panel")
        verbose_name_plural = _("panels")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind="contact_list") & ~Q(wipes="keeps"))
                | (Q(kind__in=["customer", "employer", "stakeholder"]) & Q(wipes="keeps"))
                | Q(kind="register_sample"),
                name="panel_wipes_as_its_kind_says",
                violation_error_message=_(
                    "A contact list is wiped after its mailing; a standing panel is kept."
                ),
            ),
            models.CheckConstraint(
                condition=Q(is_joinable=False) | Q(kind__in=["customer", "employer", "stakeholder"]),
                name="panel_joinable_is_standing",
                violation_error_message=_("Only a standing panel can be joined."),
            ),
            models.CheckConstraint(
                condition=Q(retention_months__range=(1, 120)), name="panel_retention_is_limited"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.code

    def save(self, *args, **kwargs) -> None:
        self.key_name = self.key_name or f"panel:{uuid.uuid4()}"
        super().save(*args, **kwargs)

    @property
    def unsubscribe_scope(self) -> str:
        """What a message to this panel names, so that its link stops this panel and no other."""
        return f"panel:{self.pk}"

    @property
    def is_standing(self) -> bool:
        return self.kind in self.STANDING


class Attribute(models.Model):
    """Something a panel knows of its members: declared before it is stored, with the values it may have."""

    panel = models.ForeignKey(Panel, models.CASCADE, related_name="attributes", verbose_name=_("panel"))
    code = models.CharField(_("code"), max_length=40, validators=[question_code_validator])
    name = models.CharField(_("name"), max_length=120)
    values = models.JSONField(_("allowed values"), default=list, help_text='[{"code": ..., "name": ...}]')
    may_be_breakdown = models.BooleanField(
        _("may divide results"), default=False, help_text=_("Answers may be told apart by it, in groups.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")
        ordering = ["panel", "position", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["panel", "code"],
                name="attribute_once_per_panel",
                violation_error_message=_("The panel has an attribute with this code already."),
            )
        ]

    def __str__(self) -> str:
        return self.name or self.code

    def clean(self) -> None:
        super().clean()
        codes = []
        for value in self.values if isinstance(self.values, list) else [None]:
            if (
                not isinstance(value, dict)
                or set(value) != {"code", "name"}
                or not str(value["name"]).strip()
            ):
                raise ValidationError({"values": _("Each value needs a code and a name.")})
            choice_code_validator(value["code"])
            codes.append(value["code"])
        if len(set(codes)) != len(codes):
            raise ValidationError({"values": _("A code stands there twice.")})

    @property
    def codes(self) -> list[str]:
        return [value["code"] for value in self.values]


class AddressState(models.TextChoices):
    OK = "ok", _("works as far as we know")
    SOFT = "soft", _("came back for now")
    HARD = "hard", _("does not exist")


class MemberQuerySet(models.QuerySet):
    def for_user(self, user: "User") -> Self:
        if user.scope.is_cx_team:
            return self
        panels = Panel.objects.for_user(user)
        return self.filter(
            models.Exists(Membership.objects.filter(member=models.OuterRef("pk"), panel__in=panels))
        )

    def with_emails(self, folded: Iterable[str]) -> Self:
        """As `contact` folds them. Only said like this does a database see that the index of addresses serves it."""
        return self.filter(~Q(email_folded=""), email_folded__any_of=folded)

    def with_phones(self, numbers: Iterable[str]) -> Self:
        return self.filter(~Q(phone=""), phone__any_of=numbers)

    def without_panel(self) -> Self:
        """Nobody has a reason to keep these."""
        return self.filter(~models.Exists(Membership.objects.filter(member=models.OuterRef("pk"))))


class Member(models.Model):
    """A person, once, in however many panels. What makes two spellings one address: docs/addresses.md."""

    name = models.CharField(_("name"), max_length=200, blank=True)
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    email = models.CharField(_("e-mail"), max_length=320, blank=True)
    email_folded = models.CharField(max_length=320, blank=True, editable=False)
    email_hash = models.CharField(max_length=64, blank=True, editable=False)
    phone = models.CharField(
        _("phone"), max_length=20, blank=True, help_text=_("With the code of the country: +358 40 1234567.")
    )
    phone_hash = models.CharField(max_length=64, blank=True, editable=False)
    language = models.CharField(_("language"), max_length=10, default=SOURCE, choices=LANGUAGE_CHOICES)
    further_languages = models.CharField(
        _("further languages"),
        max_length=60,
        blank=True,
        default="",
        db_default="",
        validators=[validate_languages],
        help_text=_(
            "Codes in the order of liking, with commas. Used where a survey is not in the first one."
        ),
    )
    paused_until = models.DateField(_("pause until"), null=True, blank=True)
    wants_news = models.BooleanField(
        _("wants to hear what came of it"),
        null=True,
        blank=True,
        help_text=_("One message about each change that came of a survey the person was asked in."),
    )
    mail_state = models.CharField(
        _("e-mail address"), max_length=5, choices=AddressState.choices, default=AddressState.OK
    )
    sms_state = models.CharField(
        _("phone number"), max_length=5, choices=AddressState.choices, default=AddressState.OK
    )
    opted_out_at = models.DateTimeField(_("wants no messages at all since"), null=True, blank=True)
    created_on = models.DateField(_("in the register since"), default=timezone.localdate)

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["email_folded"], condition=~Q(email_folded=""), name="member_once_per_email"
            ),
            models.UniqueConstraint(fields=["phone"], condition=~Q(phone=""), name="member_once_per_phone"),
            models.CheckConstraint(
                condition=~Q(email_folded="") | ~Q(phone=""),
                name="member_can_be_reached",
                violation_error_message=_("An e-mail address or a phone number is needed."),
            ),
            models.CheckConstraint(
                condition=Q(email="", email_folded="", email_hash="")
                | (~Q(email="") & ~Q(email_folded="") & ~Q(email_hash="")),
                name="member_email_has_its_forms",
            ),
            models.CheckConstraint(
                condition=Q(phone="", phone_hash="") | (~Q(phone="") & ~Q(phone_hash="")),
                name="member_phone_has_its_hash",
            ),
        ]
        indexes = [
            # what dispatch reports about an address finds its member
            models.Index(fields=["email_hash"], condition=~Q(email_hash=""), name="member_email_hash"),
            models.Index(fields=["phone_hash"], condition=~Q(phone_hash=""), name="member_phone_hash"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def languages(self) -> list[str]:
        """In the order of liking."""
        return languages_in(self.language, self.further_languages)


class MembershipQuerySet(models.QuerySet):
    def for_user(self, user: "User") -> Self:
        if user.scope.is_cx_team:
            return self
        return self.filter(panel__in=Panel.objects.for_user(user))

    def current(self) -> Self:
        return self.filter(left_at__isnull=True)


class Membership(models.Model):
    """That a person belongs to a panel, and what the panel knows of them."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="memberships", verbose_name=_("member"))
    # found by its constraint with the member
    panel = models.ForeignKey(
        Panel, models.PROTECT, related_name="memberships", verbose_name=_("panel"), db_index=False
    )
    subject = models.CharField(max_length=32, default=new_subject, editable=False)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit")
    )
    channel = models.CharField(
        _("by which channel"),
        max_length=10,
        choices=ChannelOfMessage.choices,
        blank=True,
        help_text=_("Empty: e-mail where there is an address, else a text message."),
    )
    joined_on = models.DateField(_("joined"), default=timezone.localdate)
    renewed_on = models.DateField(_("wanted to stay"), null=True, blank=True)
    opted_out_at = models.DateTimeField(_("wants no messages of this panel since"), null=True, blank=True)
    left_at = models.DateTimeField(_("left"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["panel", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["panel", "member"],
                name="membership_once_per_panel",
                violation_error_message=_("This person is in the panel already."),
            ),
            models.UniqueConstraint(fields=["subject"], name="membership_subject_is_its_own"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class OnlyAdded(TypeError):
    """Somebody tried to change or delete what is kept as it was."""


class AppendOnlyQuerySet(models.QuerySet):
    """Rows are added and never changed. Erasing a person empties one reference, by the foreign key itself."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise OnlyAdded(f"{self.model.__name__} is append-only.")

    def delete(self) -> NoReturn:
        raise OnlyAdded(f"{self.model.__name__} is append-only.")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise OnlyAdded(f"{self.model.__name__} is append-only.")


class AppendOnly(models.Model):
    class Meta:
        abstract = True

    def save(self, *args, **kwargs) -> None:
        if not self._state.adding:
            raise OnlyAdded(f"{type(self).__name__} is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs) -> NoReturn:
        raise OnlyAdded(f"{type(self).__name__} is append-only.")


class WordingQuerySet(AppendOnlyQuerySet):
    def for_user(self, user: "User") -> Self:
        return self.filter(panel__in=Panel.objects.for_user(user))


class Wording(AppendOnly):
    """The exact words somebody agrees to, in one language. A better text is a new version."""

    panel = models.ForeignKey(Panel, models.PROTECT, related_name="wordings", verbose_name=_("panel"))
    version = models.PositiveIntegerField(_("version"), editable=False)
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGE_CHOICES)
    purpose = models.TextField(_("purpose"), blank=True, help_text=_("What the panel was for, at that time."))
    text = models.TextField(_("wording"))
    made_at = models.DateTimeField(_("made"), db_default=Now())

    objects = WordingQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent wording")
        verbose_name_plural = _("consent wordings")
        ordering = ["panel", "language", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["panel", "language", "version"], name="wording_version_once_per_language"
            )
        ]

    def __str__(self) -> str:
        return f"{self.panel.code} {self.language} {self.version}"

    def save(self, *args, **kwargs) -> None:
        if self._state.adding and not self.version:
            same = Wording.objects.filter(panel=self.panel, language=self.language)
            self.version = (same.aggregate(last=models.Max("version"))["last"] or 0) + 1
        super().save(*args, **kwargs)


class Way(models.TextChoices):
    """How somebody agreed or changed their mind."""

    WEB = "web", _("on the web page")
    PAPER = "paper", _("on paper")
    PHONE = "phone", _("by phone")
    IMPORT = "import", _("in the system the list came from")
    MESSAGE = "message", _("by the link in a message")
    STAFF = "staff", _("told to staff")


class ConsentKind(models.TextChoices):
    GIVEN = "given", _("agreed")
    WITHDRAWN = "withdrawn", _("withdrew")


class ConsentQuerySet(AppendOnlyQuerySet):
    def for_user(self, user: "User") -> Self:
        return self.filter(panel__in=Panel.objects.for_user(user))


class Consent(AppendOnly):
    """That somebody agreed, or changed their mind. Stays without the person when the person is erased."""

    membership = models.ForeignKey(
        Membership,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="consents",
        verbose_name=_("membership"),
    )
    panel = models.ForeignKey(Panel, models.PROTECT, related_name="consents", verbose_name=_("panel"))
    wording = models.ForeignKey(
        Wording, models.PROTECT, null=True, related_name="consents", verbose_name=_("wording")
    )
    kind = models.CharField(_("what"), max_length=10, choices=ConsentKind.choices)
    way = models.CharField(_("way"), max_length=10, choices=Way.choices)
    at = models.DateTimeField(_("when"), default=timezone.now)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"#{self.pk}"


class MemberImportQuerySet(models.QuerySet):
    def for_user(self, user: "User") -> Self:
        return self.filter(panel__in=Panel.objects.for_user(user))


class MemberImport(models.Model):
    """A file of members on its way into a panel: looked through, confirmed, taken.

    The file and the refused rows are sealed with a key of this import, which is destroyed at the end.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waits to be looked through")
        CHECKING = "checking", _("is being looked through")
        CHECKED = "checked", _("waits for your yes")
        CONFIRMED = "confirmed", _("waits to be taken")
        WRITING = "writing", _("is being taken")
        DONE = "done", _("taken")
        FAILED = "failed", _("could not be taken")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    panel = models.ForeignKey(Panel, models.PROTECT, related_name="imports", verbose_name=_("panel"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    options = models.JSONField(default=dict)
    sealed_file = models.BinaryField(default=bytes)
    sealed_refusals = models.BinaryField(default=bytes)
    failure = models.CharField(_("what went wrong"), max_length=300, blank=True)
    row_count = models.PositiveIntegerField(_("rows"), default=0)
    done_count = models.PositiveIntegerField(_("looked at"), default=0)
    new_count = models.PositiveIntegerField(_("new people"), default=0)
    changed_count = models.PositiveIntegerField(_("changed"), default=0)
    unchanged_count = models.PositiveIntegerField(_("unchanged"), default=0)
    refused_count = models.PositiveIntegerField(_("refused"), default=0)
    made_at = models.DateTimeField(_("begun"), default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    touched_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = MemberImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import of members")
        verbose_name_plural = _("imports of members")
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return f"{self.panel.code} {timezone.localtime(self.made_at):%Y-%m-%d %H:%M}"

    @property
    def key_name(self) -> str:
        return f"import:{self.pk}"


class PurgeRun(models.Model):
    """That the retention rules were carried out, and how many rows each rule took. Never whose."""

    begun_at = models.DateTimeField(_("begun"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    counts = models.JSONField(_("wiped"), default=dict)

    class Meta:
        verbose_name = _("purge")
        verbose_name_plural = _("purges")
        ordering = ["-begun_at"]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.begun_at):%Y-%m-%d %H:%M}"
