"""A form becomes a survey, whole or not at all."""

from collections.abc import Mapping
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import Model
from django.utils.translation import gettext as _
from modeltranslation.utils import build_localized_fieldname

from cxportal.organisation.models import Service, Stage, Topic, Unit, User
from cxportal.organisation.texts import texts_of
from surveys import clips, publishing, scales
from surveys.clip_formats import BadClip
from surveys.conditions import BadCondition
from surveys.editing import CODE_AT_MOST, free_code
from surveys.interchange.codes import Codes
from surveys.interchange.forms import Form, FormItem, FormQuestion, FormScale, Refused, Report, Texts
from surveys.interchange.measures import take_in_measures
from surveys.interchange.settling import MOST_QUESTIONS
from surveys.models import Choice, Item, OwnScale, OwnScalePoint, Part, Question, Survey, SurveyImport

MOST_IN_ONE_INSERT = 200
STANDS_FOR: dict[str, type[Model]] = {"unit": Unit, "service": Service, "stage": Stage, "topic": Topic}


def take_in(
    form: Form,
    report: Report,
    *,
    by: User | None,
    code: str = "",
    unit: Unit | None = None,
    media: Mapping[str, bytes] | None = None,
) -> Survey:
    """The survey with everything the form has; the report is kept with it. Raises `Refused`."""
    try:
        with transaction.atomic():
            return _Taking(form, report, by, media or {}).survey(code, unit)
    except DatabaseError as error:
        # only a form whose columns of this portal were changed by hand comes here
        raise Refused(
            _("The form contradicts itself: the same code or value stands twice where it may not.")
        ) from error


def localized(field: str, texts: Texts) -> dict[str, str]:
    return {build_localized_fieldname(field, code): text for code, text in texts.items()}


class _Taking:
    def __init__(self, form: Form, report: Report, by: User | None, media: Mapping[str, bytes]):
        self.form, self.report, self.by, self.media = form, report, by, media
        self.rows: dict[str, dict[str, Model]] = {}
        self.scales: dict[int, OwnScale] = {}

    def survey(self, code: str, unit: Unit | None) -> Survey:
        form = self.form
        if not form.questions:
            raise Refused(_("Nothing in this form can be asked here. The report says why."))
        if len(form.questions) > MOST_QUESTIONS:
            raise Refused(_("The form has more than %(count)d questions.") % {"count": MOST_QUESTIONS})
        survey = Survey(
            code=free_code(
                code or Codes("survey").of(form.code or "survey"),
                set(Survey.objects.values_list("code", flat=True)),
            ),
            unit=unit,
            source_language=form.source,
            best_first=form.best_first,
            offers_simple_mode=form.offers_simple_mode,
            **localized("title", form.title),
            **localized("purpose", form.purpose),
            **localized("thanks", form.thanks),
        )
        title = build_localized_fieldname("title", form.source)
        setattr(survey, title, getattr(survey, title) or form.code or survey.code)
        survey.save(force_insert=True)
        questions = self._questions(survey)
        self._choices(questions)
        self._bands(questions)
        self._clips(questions)
        take_in_measures(survey, form.measures, self.report)
        self._refuse_what_cannot_be_published(survey)
        SurveyImport.objects.create(survey=survey, report=self.report.as_json(), imported_by=self.by)
        return survey

    def _questions(self, survey: Survey) -> dict[str, Question]:
        rows = []
        for number, part in enumerate(self.form.parts, 1):
            page = Part.objects.create(survey=survey, position=number, **localized("title", part.texts))
            for position, question in enumerate(part.questions, 1):
                rows.append(self._question(survey, page, position, question))
        Question.objects.bulk_create(rows, batch_size=MOST_IN_ONE_INSERT)
        return {row.code: row for row in rows}

    def _question(self, survey: Survey, part: Part, position: int, question: FormQuestion) -> Question:
        is_rated = question.kind in Question.WITH_SCALE and question.scale is not None
        standard = question.scale.standard if is_rated and question.scale else ""
        return Question(
            survey=survey,
            part=part,
            position=position,
            code=question.code,
            kind=question.kind,
            is_required=question.is_required,
            offers_not_for_me=question.offers_not_for_me,
            offers_dont_know=question.offers_dont_know,
            topic=self._row("topic", question.topic, question),
            standard_scale=standard if standard in scales.STANDARD else "",
            own_scale=None
            if standard in scales.STANDARD or not is_rated
            else self._own_scale(question.scale),
            fills=question.fills,
            low=question.low,
            high=question.high,
            max_length=question.max_length,
            shown_if=question.condition.as_json() if question.condition else None,
            **localized("text", question.texts),
            **localized("help", question.help),
        )

    def _choices(self, questions: Mapping[str, Question]) -> None:
        choices, items = [], []
        for question in self.form.questions:
            row = questions[question.code]
            if question.kind in Question.WITH_CHOICES:
                for place, choice in enumerate(question.choices, 1):
                    rows = {
                        kind: self._row(kind, code, question)
                        for kind, code in choice.stands_for.items()
                        if kind in STANDS_FOR
                    }
                    choices.append(
                        Choice(
                            question=row,
                            code=choice.code,
                            position=place,
                            is_exclusive=choice.is_exclusive,
                            asks_for_text=choice.asks_for_text,
                            channel=choice.stands_for.get("channel", "")[:20],
                            **rows,
                            **localized("text", choice.texts),
                        )
                    )
            items += [self._item(row, place, item, question) for place, item in enumerate(question.items, 1)]
        Choice.objects.bulk_create(choices, batch_size=MOST_IN_ONE_INSERT)
        Item.objects.bulk_create(items, batch_size=MOST_IN_ONE_INSERT)

    def _item(self, row: Question, place: int, item: FormItem, question: FormQuestion) -> Item:
        topic = self._row("topic", item.topic, question)
        return Item(
            question=row, code=item.code, position=place, topic=topic, **localized("text", item.texts)
        )

    def _bands(self, questions: Mapping[str, Question]) -> None:
        sorted_by = [
            (questions[one.code], questions.get(one.band_of)) for one in self.form.questions if one.band_of
        ]
        for row, rating in sorted_by:
            row.band_of = rating
        Question.objects.bulk_update([row for row, _rating in sorted_by], ["band_of"])

    def _row(self, kind: str, code: str, question: FormQuestion) -> Any:
        """Unit, service, stage or topic of this agency with the code that the form names."""
        if not code:
            return None
        if kind not in self.rows:
            self.rows[kind] = {row.code: row for row in STANDS_FOR[kind]._default_manager.all()}  # type: ignore[attr-defined]
        if code not in self.rows[kind]:
            note = _("There is nothing with this code here: %(kind)s “%(code)s”.") % {
                "kind": kind,
                "code": code,
            }
            self.report.dropped(question.place, question.name, note)
        return self.rows[kind].get(code)

    # ---------- scales ----------

    def _own_scale(self, scale: FormScale | None) -> OwnScale:
        """One that says the same already, else a new one."""
        wanted = scale or FormScale()
        if id(wanted) not in self.scales:
            self.scales[id(wanted)] = self._same_scale(wanted) or self._new_scale(wanted)
        return self.scales[id(wanted)]

    def _same_scale(self, wanted: FormScale) -> OwnScale | None:
        """The one with this code or, for a form from elsewhere, any with the same points."""
        known = OwnScale.objects.prefetch_related("points")
        if self.form.is_ours:
            known = known.filter(code=wanted.code)
        return next((scale for scale in known if _points(scale) == _wanted_points(wanted)), None)

    def _new_scale(self, wanted: FormScale) -> OwnScale:
        taken = set(OwnScale.objects.values_list("code", flat=True)) | set(scales.STANDARD)
        own = OwnScale.objects.create(
            code=free_code(Codes("scale").of(wanted.code or "scale")[: CODE_AT_MOST - 5], taken),
            name=(wanted.name or wanted.code)[:120] or _("Imported scale"),
            is_numeric=wanted.is_numeric,
            high_is_good=wanted.high_is_good,
        )
        OwnScalePoint.objects.bulk_create(
            OwnScalePoint(
                scale=own,
                code=point.code,
                value=place if point.value is None else point.value,
                is_favourable=point.is_favourable,
                **localized("label", point.texts),
            )
            for place, point in enumerate(wanted.points, 1)
        )
        return own

    # ---------- pictures and recordings ----------

    def _clips(self, questions: Mapping[str, Question]) -> None:
        named = {
            file.rpartition("/")[2] for question in self.form.questions for file in question.clips.values()
        }
        if unnamed := sorted(set(self.media) - named):
            note = _("The form names no such files; they were left out.")
            self.report.dropped(_("files beside the form"), "", note, ", ".join(unnamed[:100]))
        for question in self.form.questions:
            for (kind, language), file in question.clips.items():
                content = self.media.get(file.rpartition("/")[2])
                if content is None:
                    note = _("The file is not part of the form. Add it on the page of the question.")
                    self.report.dropped(question.place, question.name, note, file)
                    continue
                try:
                    clips.put_clip(
                        question=questions[question.code],
                        kind=kind,
                        language=language,
                        content=content,
                        alt=question.alt.get(language) or question.texts.get(language, question.code)[:200],
                        by=self.by,  # type: ignore[arg-type]
                    )
                except BadClip as error:
                    self.report.dropped(question.place, question.name, str(error), file)
                else:
                    if kind == "picture" and not question.alt.get(language):
                        note = _(
                            "Say what the picture shows, for people who cannot see it; now the question stands there."
                        )
                        self.report.changed(question.place, question.name, note, file)

    # ---------- at the end ----------

    def _refuse_what_cannot_be_published(self, survey: Survey) -> None:
        """What readers leave must be publishable: a fault here is one of theirs, and nothing is imported."""
        try:
            faults = publishing.faults_in(publishing.content_of(survey))
        except BadCondition as error:
            faults = [str(error)]
        if faults and not self.form.is_ours:
            raise Refused(*faults)


def _points(scale: OwnScale) -> tuple:
    points = [
        (
            point.code,
            point.value,
            point.is_favourable,
            tuple(sorted(texts_of(point, "label").items())),
        )
        for point in scale.points.all()
    ]
    return (scale.is_numeric, scale.high_is_good, sorted(points))


def _wanted_points(scale: FormScale) -> tuple:
    points = [
        (
            point.code,
            point.value,
            point.is_favourable,
            tuple(sorted(point.texts.items())),
        )
        for point in scale.points
    ]
    return (scale.is_numeric, scale.high_is_good, sorted(points))
