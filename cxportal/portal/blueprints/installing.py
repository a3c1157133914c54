"""From a blueprint to a survey that is published, with its figures, a wave in draft, its ways in and its mailings."""

from datetime import datetime
from functools import cache
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cxportal.organisation.models import Topic, Unit, User
from cxportal.portal.blueprints.parts import EXCLUSIVE, OTHER, Ask, Blueprint, Mail, Way
from cxportal.portal.blueprints.words import columns, shared_words, words_of
from panels import consent_texts
from panels import mailing as mailings
from panels.models import MailingText, Panel
from surveys import announcing, editing, publishing, waves
from surveys.models import Choice, Collector, Contradiction, Indicator, Item, Question, Survey, Wave


class CannotInstall(ValueError):
    """Says in one sentence why."""


@transaction.atomic
def install_blueprint(blueprint: Blueprint, *, by: User | None, at: datetime | None = None) -> Survey:
    if Survey.objects.filter(code=blueprint.survey).exists():
        raise CannotInstall(
            _("There is a survey with the code %(code)s already. Make a copy of it instead.")
            % {"code": blueprint.survey}
        )
    survey = written(blueprint, code=blueprint.survey)
    publishing.publish(survey=survey, by=by, at=at)
    wave_of_blueprint(blueprint, survey, by=by, at=at)
    return survey


@cache
def content_of_blueprint(blueprint: Blueprint) -> publishing.Content:
    """What would be frozen: it is written and taken back at once, so that a preview shows the real thing."""
    with transaction.atomic():
        taken = set(Survey.objects.values_list("code", flat=True))
        content = publishing.content_of(written(blueprint, code=editing.free_code(blueprint.survey, taken)))
        transaction.set_rollback(True)
    return content


# ---------- the questionnaire ----------


def written(blueprint: Blueprint, *, code: str) -> Survey:
    """The survey with its questions and figures, not published yet."""
    words = words_of(blueprint.code)
    survey = Survey(code=code, **columns(words, title="title", purpose="purpose", thanks="thanks"))
    survey.save()
    topics = _topics(blueprint)
    questions: dict[str, Question] = {}
    for number, asked in enumerate(blueprint.parts, 1):
        part = editing.add_part(survey=survey)
        for name, text in columns(words, title=f"part.{number}").items():
            setattr(part, name, text)
        part.save()
        for position, ask in enumerate(asked, 1):
            question = _question(ask, words, topics, survey=survey, part=part, position=position)
            question.band_of = questions.get(ask.band_of)
            question.save()
            questions[ask.code] = question
            _rows_of(question, ask, words, topics)
    _figures(survey, blueprint)
    return survey


def _question(ask: Ask, words: Any, topics: dict[str, Topic], **place: Any) -> Question:
    return Question(
        code=ask.code,
        kind=ask.kind,
        standard_scale=ask.scale,
        topic=topics.get(ask.topic),
        fills=ask.fills,
        shown_if=ask.shown_if,
        is_required=ask.is_required,
        offers_not_for_me=ask.not_for_me,
        max_length=ask.max_length,
        **place,
        **columns(words, text=ask.code, help=f"{ask.code}?"),
    )


def _rows_of(question: Question, ask: Ask, words: Any, topics: dict[str, Topic]) -> None:
    for position, (code, topic) in enumerate(ask.items.items(), 1):
        Item(
            question=question,
            code=code,
            topic=topics.get(topic),
            position=position,
            **columns(words, text=f"{ask.code}.{code}"),
        ).save()
    for position, marked in enumerate(ask.choices, 1):
        code = marked.lstrip(OTHER + EXCLUSIVE)
        Choice(
            question=question,
            code=code,
            position=position,
            asks_for_text=marked.startswith(OTHER),
            is_exclusive=marked.startswith(EXCLUSIVE),
            channel=code if ask.fills == "channel" else "",
            **columns(words, text=f"{ask.code}.{code}"),
        ).save()


def _figures(survey: Survey, blueprint: Blueprint) -> None:
    words = words_of(blueprint.code)
    for position, figure in enumerate(blueprint.figures, 1):
        Indicator(
            survey=survey,
            code=figure.code,
            questions=list(figure.questions),
            formula=figure.formula,
            target=figure.target,
            position=position,
            **columns(words, name=f"figure.{figure.code}"),
        ).save()
    for pair in blueprint.contradictions:
        Contradiction.objects.create(
            survey=survey,
            code=pair.code,
            first_question=pair.first,
            first_values=pair.first_values,
            second_question=pair.second,
            second_values=pair.second_values,
        )


def _topics(blueprint: Blueprint) -> dict[str, Topic]:
    """By code. The agency's own topic of this code is used; a new one comes after the others."""
    codes = {code for ask in blueprint.questions for code in (ask.topic, *ask.items.values()) if code}
    found = {topic.code: topic for topic in Topic.objects.filter(code__in=codes)}
    for code in sorted(codes - set(found)):
        found[code] = Topic(
            code=code, position=Topic.objects.count(), **columns(shared_words(), name=f"topic.{code}")
        )
        found[code].save()
    return found


# ---------- a wave ----------


@transaction.atomic
def wave_of_blueprint(
    blueprint: Blueprint, survey: Survey, *, by: User | None, at: datetime | None = None, code: str = ""
) -> Wave:
    """A wave in draft with its ways in, its public page and its mailings, in the languages that are ready today."""
    at = at or timezone.now()
    taken = set(Wave.objects.values_list("code", flat=True))
    wave = Wave(
        survey=survey,
        version=survey.versions.order_by("-number").first(),
        code=editing.free_code(code or f"{blueprint.survey}_{timezone.localtime(at):%Y%m}", taken),
        name=f"{survey} – {date_format(timezone.localtime(at), 'F Y')}",  # a title may end with a question mark
        privacy=blueprint.privacy,
        repeat=blueprint.repeat,
        breakdowns=list(blueprint.breakdowns),
        pairs=[list(pair) for pair in blueprint.pairs],
    )
    wave.languages = waves.languages_ready(wave)
    wave.save()
    for way in blueprint.ways:
        _collectors(wave, way)
    words = words_of(blueprint.code)
    who = {language: texts["who"] for language, texts in words.items() if texts.get("who")}
    announcing.announce(wave=wave, is_public=False, who=who, by=by)
    for mail in blueprint.mails:
        _mailing(wave, mail, blueprint, by=by)
    return wave


def _collectors(wave: Wave, way: Way) -> None:
    units: list[Unit | None] = list(Unit.objects.active().filter(kind=way.each)) if way.each else []
    name = str(Collector.Kind(way.kind).label)
    for unit in units or [None]:
        Collector.objects.create(
            wave=wave, kind=way.kind, channel=way.channel, unit=unit, name=f"{name}: {unit}" if unit else name
        )


def _mailing(wave: Wave, mail: Mail, blueprint: Blueprint, *, by: User | None) -> None:
    words = words_of(blueprint.code)
    panel = _panel(mail)
    mailing = mailings.prepare(
        wave=wave,
        panels=[panel],
        by=by,
        name=f"{wave}: {panel}",
        sample={"method": mail.method, "size": mail.size},
        channel=mail.channel,
        reminder_days=list(mail.reminder_days),
    )
    MailingText.objects.bulk_create(
        MailingText(
            mailing=mailing,
            language=language,
            subject=texts.get("mail.subject", ""),
            intro=texts.get("mail.intro", ""),
            sms=texts.get("mail.sms", ""),
        )
        for language, texts in words.items()
        if texts.get("mail.subject")
    )


def _panel(mail: Mail) -> Panel:
    known = Panel.objects.filter(code=mail.panel).first()
    if known:
        return known
    words = shared_words()
    panel = Panel(
        code=mail.panel,
        kind=mail.kind,
        wipes=mail.wipes,
        **columns(words, name=f"panel.{mail.panel}", purpose=f"panel.{mail.panel}?"),
    )
    panel.save()
    if panel.is_standing:
        consent_texts.take_standard(panel)
    return panel
