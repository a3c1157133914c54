"""What was done: actions in every state, from voices and figures, with their effect, told back to the public."""

from dataclasses import dataclass
from datetime import datetime

from actions import telling_back
from actions.evidence import About, Source, Voice
from actions.from_source import join, make, read_source
from actions.models import Action, ExpectedEffect, Milestone, Note, Status, ToldBack
from actions.moves import move
from cxportal.organisation.models import Topic
from cxportal.portal.demo.stage import Stage
from feedback.models import Item
from surveys.models import Wave

LINE = ("assessed", "decided", "under_way", "done", "verified")
ENDS = ("declined", "dropped")
Words = tuple[str, str, str]
"""English, Finnish, Swedish."""


@dataclass(frozen=True)
class Told:
    title: Words
    heard: Words
    did: Words = ("", "", "")
    cannot: Words = ("", "", "")


@dataclass(frozen=True)
class Plan:
    """One action. Days count back from today; `due` may lie ahead (below zero)."""

    title: str
    why: str
    unit: str
    owner: str
    topic: str
    begins: int
    due: int
    status: str
    voices: int = 6
    figure: tuple[str, str] | None = None
    """Wave and indicator, as evidence."""
    effect: tuple[str, str, str] | None = None
    """Wave before, wave after, indicator."""
    horizon: str = "medium"
    feasible: int = 4
    useful: int = 4
    reason: str = ""
    milestones: tuple[str, ...] = ()
    told: Told | None = None


PLANS = [
    Plan(
        "Say on every page how long it takes just now",
        "The question behind most feedback is how long it still takes. The figure is there, every month; it only is not shown.",
        "decisions",
        "pavel",
        "waiting-time",
        400,
        330,
        "verified",
        voices=14,
        figure=("customers_first", "overall"),
        milestones=("Agree on the figure", "Put it on the pages of three permits", "All permits"),
        told=Told(
            (
                "You see how long it takes",
                "Näet, kuinka kauan käsittely kestää",
                "Du ser hur lång tid det tar",
            ),
            (
                "Nobody could tell you how long it still takes.",
                "Kukaan ei osannut kertoa, kuinka kauan käsittely vielä kestää.",
                "Ingen kunde säga hur lång tid det tar.",
            ),
            (
                "The time it takes just now stands on the page of every permit and in every letter.",
                "Tämänhetkinen käsittelyaika on jokaisen luvan sivulla ja jokaisessa kirjeessä.",
                "Den aktuella tiden står på sidan för varje tillstånd och i varje brev.",
            ),
        ),
    ),
    Plan(
        "Number machine and seats at the Helsinki desks",
        "People quarrel about their turn and stand outside with children.",
        "helsinki",
        "aino",
        "premises",
        330,
        250,
        "verified",
        figure=("offices_spring", "treated"),
        effect=("offices_spring", "offices_autumn", "treated"),
        horizon="short",
        milestones=("Machine ordered", "Twelve seats", "Screen in four languages"),
        told=Told(
            (
                "Numbers and seats in Helsinki",
                "Vuoronumerot ja istuimia Helsinkiin",
                "Nummerlappar och sittplatser i Helsingfors",
            ),
            (
                "You stood in the cold and nobody knew whose turn it was.",
                "Seisoitte kylmässä, eikä kukaan tiennyt, kenen vuoro on.",
                "Ni stod i kylan och ingen visste vems tur det var.",
            ),
            (
                "There is a machine for numbers, a screen that calls them in four languages, and twelve seats inside.",
                "Nyt on vuoronumerolaite, neljällä kielellä kutsuva näyttö ja kaksitoista istuinta.",
                "Nu finns en nummerautomat, en skärm på fyra språk och tolv sittplatser inne.",
            ),
        ),
    ),
    Plan(
        "Save an application and go on the next day",
        "The session ends while people write. What they typed is lost.",
        "e-services",
        "leena",
        "e-service",
        260,
        60,
        "done",
        voices=12,
        effect=("customers_first", "customers_second", "clear"),
        milestones=("Design", "Pilot with twenty customers", "For all permits"),
        told=Told(
            ("You can go on the next day", "Voit jatkaa seuraavana päivänä", "Du kan fortsätta nästa dag"),
            (
                "The e-service signed you out and everything was lost.",
                "Sähköinen asiointi katkaisi istunnon, ja kaikki katosi.",
                "E-tjänsten loggade ut dig och allt försvann.",
            ),
            (
                "What you have filled in is kept for thirty days, and you can go on with it.",
                "Täyttämäsi tiedot säilyvät kolmekymmentä päivää, ja voit jatkaa niistä.",
                "Det du har fyllt i sparas i trettio dagar och du kan fortsätta.",
            ),
        ),
    ),
    Plan(
        "First line of every decision says what was decided",
        "People read the decision twice and do not know whether it is a yes.",
        "decisions",
        "pavel",
        "decision",
        210,
        30,
        "done",
        figure=("customers_second", "clear"),
        milestones=("New template", "Read by ten customers"),
        told=Told(
            ("The first line says it", "Ensimmäinen rivi kertoo päätöksen", "Första raden säger det"),
            (
                "You did not know whether it was a yes.",
                "Et tiennyt, oliko päätös myönteinen.",
                "Du visste inte om det var ett ja.",
            ),
            (
                "The first line of every decision says in one sentence what was decided.",
                "Jokaisen päätöksen ensimmäinen rivi kertoo yhdellä lauseella, mitä päätettiin.",
                "Första raden i varje beslut säger i en mening vad som beslutades.",
            ),
        ),
    ),
    Plan(
        "Checklist of documents with pictures",
        "The names of documents mean nothing to people who have never seen them.",
        "contact-centre",
        "amira",
        "clear-guidance",
        150,
        -20,
        "under_way",
        voices=10,
        figure=("customers_second", "clear"),
        milestones=(
            "Pictures of the ten documents asked for most",
            "Texts in nine languages",
            "In print at the desks",
        ),
        told=Told(
            (
                "A list of documents with pictures",
                "Kuvallinen luettelo asiakirjoista",
                "En lista över handlingar med bilder",
            ),
            (
                "You did not know which document is meant.",
                "Et tiennyt, mitä asiakirjaa tarkoitetaan.",
                "Du visste inte vilken handling som avsågs.",
            ),
            (
                "We are taking the pictures. The list comes in nine languages.",
                "Otamme kuvia. Luettelo ilmestyy yhdeksällä kielellä.",
                "Vi tar bilderna. Listan kommer på nio språk.",
            ),
        ),
    ),
    Plan(
        "Interpreter by phone at every desk within five minutes",
        "Desks without a common language use translation apps.",
        "south",
        "mikael",
        "languages",
        120,
        12,
        "under_way",
        horizon="medium",
    ),
    Plan(
        "Kitchen that residents may use",
        "Children do not eat what is cooked.",
        "reception",
        "tarek",
        "food",
        110,
        -60,
        "under_way",
        figure=("centres", "met"),
        horizon="long",
        feasible=3,
        useful=5,
    ),
    Plan(
        "One date for missing documents in letter and on the page",
        "Letter and page name different days.",
        "contact-centre",
        "amira",
        "clear-guidance",
        90,
        5,
        "decided",
        horizon="short",
        feasible=5,
    ),
    Plan(
        "Room for talks that nobody overhears",
        "People are spoken to in front of the queue.",
        "helsinki",
        "aino",
        "treatment",
        80,
        -40,
        "decided",
        feasible=3,
    ),
    Plan(
        "Decisions with a summary in the language of the customer",
        "Neighbours translate decisions and then know everything.",
        "decisions",
        "pavel",
        "decision",
        60,
        -90,
        "assessed",
        horizon="long",
        feasible=2,
        useful=5,
    ),
    Plan(
        "Booking page for old phones",
        "It does not open on phones older than six years.",
        "e-services",
        "leena",
        "e-service",
        45,
        -30,
        "assessed",
        feasible=5,
        useful=3,
    ),
    Plan(
        "Play corner in the waiting room",
        "Children have nothing to do.",
        "tampere",
        "olli",
        "premises",
        20,
        -70,
        "proposed",
        voices=2,
    ),
    Plan(
        "Call back when a document is missing",
        "A letter takes two weeks.",
        "contact-centre",
        "amira",
        "clear-guidance",
        9,
        -80,
        "proposed",
        voices=3,
    ),
    Plan(
        "Decide every application within three months",
        "Many ask for a guaranteed time.",
        "decisions",
        "pavel",
        "waiting-time",
        300,
        200,
        "declined",
        voices=11,
        useful=5,
        feasible=1,
        reason="The statements of other authorities take longer than three months, and we cannot decide without them.",
        told=Told(
            (
                "We cannot promise three months",
                "Emme voi luvata kolmea kuukautta",
                "Vi kan inte lova tre månader",
            ),
            (
                "You want a day on which you will have an answer.",
                "Haluat tietää päivän, jolloin saat vastauksen.",
                "Du vill veta vilken dag du får svar.",
            ),
            cannot=(
                "We wait for statements of other authorities and cannot decide without them. We now tell you when we ask for them.",
                "Odotamme muiden viranomaisten lausuntoja emmekä voi päättää ilman niitä. Kerromme nyt, milloin pyydämme niitä.",
                "Vi väntar på andra myndigheters utlåtanden och kan inte besluta utan dem. Nu berättar vi när vi ber om dem.",
            ),
        ),
    ),
    Plan(
        "Chat at night",
        "People write in the evening.",
        "contact-centre",
        "amira",
        "languages",
        200,
        90,
        "dropped",
        feasible=2,
        useful=2,
        reason="Tried for two months: four chats a night.",
    ),
]


def fill_actions(stage: Stage) -> None:
    statuses = {status.code: status for status in Status.objects.all()}
    for plan in PLANS:
        action = _made(stage, plan)
        _moved(stage, plan, action, statuses)
        if plan.told:
            _told(stage, plan, plan.told, action)


def _made(stage: Stage, plan: Plan) -> Action:
    at, chiara = stage.ago(plan.begins), stage.person("chiara")
    topic = Topic.objects.get(code=plan.topic)
    sources: list[Source] = [*_voices_before(topic, at, plan.voices)] or [About(topic)]
    source, *others = sources
    action = make(
        source=source,
        title=plan.title,
        unit=stage.unit(plan.unit),
        by=chiara,
        due_on=stage.ago(plan.due).date(),
        at=at,
    )
    for voice in others:
        join(source=voice, action=action, by=chiara, at=at)
    if plan.figure:
        wave = Wave.objects.get(code=plan.figure[0])
        figure = read_source({"wave": str(wave.pk), "question": f"={plan.figure[1]}"}, by=chiara)
        if figure:
            join(source=figure, action=action, by=chiara, at=at)
    action.what_and_why, action.horizon = plan.why, plan.horizon
    action.owner = stage.person(plan.owner)
    action.feasibility, action.usefulness = plan.feasible, plan.useful
    action.save()
    if plan.effect:
        before, after, indicator = plan.effect
        ExpectedEffect.objects.create(
            action=action,
            question=f"={indicator}",
            baseline=Wave.objects.get(code=before),
            follow_up=Wave.objects.get(code=after),
        )
    return action


def _voices_before(topic: Topic, at: datetime, number: int) -> list[Voice]:
    rows = Item.objects.open().filter(topics=topic, received_at__lt=at).order_by("-received_at", "pk")
    return [Voice(item) for item in rows[:number]]


def _moved(stage: Stage, plan: Plan, action: Action, statuses: dict[str, Status]) -> None:
    """Step by step to where it stands now, evenly over the time since."""
    if plan.status in ENDS:
        steps = [*(LINE[:2] if plan.status == "dropped" else LINE[:1]), plan.status]
    else:
        steps = list(LINE[: LINE.index(plan.status) + 1]) if plan.status in LINE else []
    chiara, took = stage.person("chiara"), plan.begins - max(plan.due, 1)
    for place, step in enumerate(steps, 1):
        at = stage.ago(max(plan.begins - took * place / (len(steps) + 1), 0.5))
        is_last = place == len(steps)
        move(action=action, to=statuses[step], by=chiara, reason=plan.reason if is_last else "", at=at)
    action.refresh_from_db()
    _milestones(stage, plan, action)


def _milestones(stage: Stage, plan: Plan, action: Action) -> None:
    done = len(plan.milestones) if action.status.is_done else len(plan.milestones) // 2
    for place, text in enumerate(plan.milestones):
        day = stage.ago(max(plan.begins - 30 * (place + 1), 1)).date()
        Milestone.objects.create(
            action=action, text=text, position=place, due_on=day, done_on=day if place < done else None
        )
    if plan.milestones:
        Note.objects.create(
            action=action,
            text="Talked about with the unit; they have the people for it.",
            written_by=stage.person(plan.owner),
            written_at=stage.ago(max(plan.begins - 12, 0)),
        )


def _told(stage: Stage, plan: Plan, told: Told, action: Action) -> None:
    words = {
        f"{field}_{language}": text
        for field in ("title", "heard", "did", "cannot")
        for language, text in zip(("en", "fi", "sv"), getattr(told, field), strict=True)
        if text
    }
    row = ToldBack(action=action, **words)
    row.save()
    telling_back.release(told_back=row, by=stage.person("chiara"), at=stage.ago(max(plan.due - 10, 3)))
