import secrets
from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from actions import models as actions
from cxportal.dispatch import models as dispatch
from cxportal.dispatch.addresses import address_hash
from cxportal.organisation import models
from feedback import models as feedback
from feedback.folding import folded
from surveys import models as surveys
from surveys import publishing


class UnitFactory(DjangoModelFactory):
    class Meta:
        model = models.Unit

    code = factory.Sequence(lambda n: f"unit-{n}")
    name = factory.Sequence(lambda n: f"Unit {n}")


class ServiceFactory(DjangoModelFactory):
    class Meta:
        model = models.Service

    code = factory.Sequence(lambda n: f"service-{n}")
    name = factory.Sequence(lambda n: f"Service {n}")


class TopicFactory(DjangoModelFactory):
    class Meta:
        model = models.Topic

    code = factory.Sequence(lambda n: f"topic-{n}")
    name = factory.Sequence(lambda n: f"Topic {n}")


class UserFactory(DjangoModelFactory):
    class Meta:
        model = models.User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    password = factory.django.Password("correct horse battery")


class StaffRoleFactory(DjangoModelFactory):
    class Meta:
        model = models.StaffRole

    user = factory.SubFactory(UserFactory)
    role = "cx_team"
    unit = None


class FigureFactory(DjangoModelFactory):
    class Meta:
        model = models.Figure

    code = factory.Sequence(lambda n: f"figure-{n}")
    name = factory.Sequence(lambda n: f"Figure {n}")
    measured_in = "applications"


class UnitFigureFactory(DjangoModelFactory):
    class Meta:
        model = models.UnitFigure

    unit = factory.SubFactory(UnitFactory)
    figure = factory.SubFactory(FigureFactory)
    starts_on = "2026-01-01"
    ends_on = "2026-01-31"
    value = "12.5"


class SurveyFactory(DjangoModelFactory):
    class Meta:
        model = surveys.Survey

    code = factory.Sequence(lambda n: f"survey_{n}")
    title = factory.Sequence(lambda n: f"Survey {n}")


class PartFactory(DjangoModelFactory):
    class Meta:
        model = surveys.Part

    survey = factory.SubFactory(SurveyFactory)


class QuestionFactory(DjangoModelFactory):
    class Meta:
        model = surveys.Question

    class Params:
        rating = factory.Trait(kind="rating", standard_scale="faces5")
        single = factory.Trait(kind="single", standard_scale="")
        comment = factory.Trait(kind="long_text", standard_scale="")

    part = factory.SubFactory(PartFactory)
    survey = factory.SelfAttribute("part.survey")
    position = factory.Sequence(lambda n: n)
    code = factory.Sequence(lambda n: f"question_{n}")
    text = factory.Sequence(lambda n: f"Question {n}?")
    kind = "rating"
    standard_scale = "faces5"


class ChoiceFactory(DjangoModelFactory):
    class Meta:
        model = surveys.Choice

    question = factory.SubFactory(QuestionFactory, single=True)
    position = factory.Sequence(lambda n: n)
    code = factory.Sequence(lambda n: f"choice_{n}")
    text = factory.Sequence(lambda n: f"Choice {n}")


class ItemFactory(DjangoModelFactory):
    class Meta:
        model = surveys.Item

    position = factory.Sequence(lambda n: n)
    code = factory.Sequence(lambda n: f"item_{n}")
    text = factory.Sequence(lambda n: f"Item {n}")


class ContradictionFactory(DjangoModelFactory):
    class Meta:
        model = surveys.Contradiction

    survey = factory.SubFactory(SurveyFactory)
    code = factory.Sequence(lambda n: f"contradiction_{n}")


class IndicatorFactory(DjangoModelFactory):
    class Meta:
        model = surveys.Indicator

    survey = factory.SubFactory(SurveyFactory)
    code = factory.Sequence(lambda n: f"indicator_{n}")
    name = factory.Sequence(lambda n: f"Indicator {n}")
    questions = ["overall"]


class VersionFactory(DjangoModelFactory):
    """A published survey: two ratings, a yes or no, a number and a comment sorted by the first rating."""

    class Meta:
        model = surveys.Version

    survey = factory.SubFactory(SurveyFactory)
    number = 1
    digest = factory.LazyFunction(lambda: secrets.token_hex(32))
    published_at = datetime(2026, 1, 1, tzinfo=UTC)

    @factory.lazy_attribute
    def content(self):
        part = PartFactory(survey=self.survey)
        overall = QuestionFactory(part=part, code="overall")
        QuestionFactory(part=part, code="staff")
        QuestionFactory(part=part, code="solved", kind="yes_no", standard_scale="")
        QuestionFactory(part=part, code="visits", kind="number", standard_scale="", low=0, high=99)
        QuestionFactory(part=part, code="why", comment=True, band_of=overall)
        return publishing.content_of(self.survey)


class WaveFactory(DjangoModelFactory):
    class Meta:
        model = surveys.Wave

    class Params:
        confidential = factory.Trait(privacy="confidential")

    version = factory.SubFactory(VersionFactory)
    survey = factory.SelfAttribute("version.survey")
    code = factory.Sequence(lambda n: f"wave_{n}")
    name = factory.Sequence(lambda n: f"Wave {n}")
    breakdowns = ["unit", "channel", "language", "question:solved"]
    pairs = [["unit", "question:solved"]]


class PublicationFactory(DjangoModelFactory):
    """Published figures of nobody: enough for lists; what figures are made of, see tests/surveys/results.py."""

    class Meta:
        model = surveys.Publication

    wave = factory.SubFactory(WaveFactory)
    number = 1
    as_of = datetime(2026, 11, 1, 8, tzinfo=UTC)
    n = 12
    content = factory.LazyFunction(
        lambda: {
            "format": 1,
            "threshold": 10,
            "questions": [],
            "indicators": [],
            "everybody": {"n": 12, "questions": {}, "indicators": {}},
        }
    )


class ApiClientFactory(DjangoModelFactory):
    class Meta:
        model = surveys.ApiClient

    name = factory.Sequence(lambda n: f"Board {n}")
    key_hash = factory.LazyFunction(lambda: secrets.token_hex(32))


class ExportFactory(DjangoModelFactory):
    class Meta:
        model = surveys.Export

    wave = factory.SubFactory(WaveFactory)
    kind = "csv"
    asked_by = factory.SubFactory(UserFactory)


class CollectorFactory(DjangoModelFactory):
    class Meta:
        model = surveys.Collector

    wave = factory.SubFactory(WaveFactory)
    name = factory.Sequence(lambda n: f"Link {n}")


class BatchFactory(DjangoModelFactory):
    class Meta:
        model = dispatch.Batch

    name = factory.Sequence(lambda n: f"Mailing {n}")


class MessageFactory(DjangoModelFactory):
    """A queued mail; its traits are the states that need more columns than `state`."""

    class Meta:
        model = dispatch.Message

    class Params:
        handed = factory.Trait(worker="worker-1", fenced_at=datetime(2026, 11, 1, 8, tzinfo=UTC))
        accepted = factory.Trait(handed=True, state="accepted", final_at=datetime(2026, 11, 1, 8, tzinfo=UTC))
        unknown = factory.Trait(handed=True, state="unknown", reason="cut_after_body")
        refused = factory.Trait(
            state="refused", reason="recipient_refused", final_at=datetime(2026, 11, 1, 8, tzinfo=UTC)
        )

    cause = factory.Sequence(lambda n: f"test:{n}")
    purpose = "notice"
    channel = "email"
    template = "notice"
    language = "en"
    data = factory.LazyFunction(lambda: {"title": "How was your visit?", "paragraphs": ["Tell us."]})
    address = factory.Sequence(lambda n: f"person{n}@mail.example")
    address_hash = factory.LazyAttribute(lambda message: address_hash(message.address, message.channel))
    message_id = factory.Sequence(lambda n: f"<{n:032x}@cx.example>")


class VoiceFactory(DjangoModelFactory):
    """One item of feedback (`ItemFactory` makes the rows of a grid). It is in nobody's hands unless assigned."""

    class Meta:
        model = feedback.Item

    kind = "remark"
    way_in = "page"
    channel = "web"
    received_at = datetime(2026, 11, 1, 8, tzinfo=UTC)
    text = factory.Sequence(lambda n: f"The queue was long, number {n}.")
    language = "en"
    folded = factory.LazyAttribute(lambda item: folded(item.text))


class AssignmentFactory(DjangoModelFactory):
    class Meta:
        model = feedback.Assignment

    class Params:
        done = factory.Trait(
            status="done",
            outcome="noted",
            reason="Known.",
            closed_at=datetime(2026, 11, 3, 8, tzinfo=UTC),
        )

    item = factory.SubFactory(VoiceFactory)
    unit = factory.SubFactory(UnitFactory)
    assigned_at = datetime(2026, 11, 1, 8, tzinfo=UTC)
    due_at = datetime(2026, 11, 15, 8, tzinfo=UTC)


class ReplyFactory(DjangoModelFactory):
    class Meta:
        model = feedback.Reply

    class Params:
        sent = factory.Trait(
            state="sent",
            approved_at=datetime(2026, 11, 4, 8, tzinfo=UTC),
            sent_at=datetime(2026, 11, 4, 8, tzinfo=UTC),
        )

    assignment = factory.SubFactory(AssignmentFactory)
    text = "Thank you. There is a second queue now."
    language = "en"


class RoutingRuleFactory(DjangoModelFactory):
    class Meta:
        model = feedback.RoutingRule

    name = factory.Sequence(lambda n: f"Rule {n}")
    goes_to = factory.SubFactory(UnitFactory)


class IntegrationFactory(DjangoModelFactory):
    class Meta:
        model = feedback.Integration

    name = factory.Sequence(lambda n: f"Chat {n}")
    key_hash = factory.LazyFunction(lambda: secrets.token_hex(32))


class ActionFactory(DjangoModelFactory):
    """Proposed, of a unit, without evidence."""

    class Meta:
        model = actions.Action
        skip_postgeneration_save = True

    title = factory.Sequence(lambda n: f"Action {n}")
    unit = factory.SubFactory(UnitFactory)
    status = factory.LazyFunction(lambda: actions.Status.objects.get(is_first=True))

    @factory.post_generation
    def at_status(self, create, code, **more):
        if code:
            self.status = actions.Status.objects.get(code=code)
            self.save()


class EvidenceFactory(DjangoModelFactory):
    class Meta:
        model = actions.Evidence

    action = factory.SubFactory(ActionFactory)
    reference = factory.Sequence(lambda n: f"Annual report, page {n}")
    added_at = datetime(2026, 11, 1, 8, tzinfo=UTC)
