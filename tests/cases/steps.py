"""What the scenarios have in common: pages and commands in the order in which an agency uses them."""

import csv
import html
import json
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation

from actions.models import Action, ToldBack
from cxportal.dispatch.gateways.outbox import OutboxGateway
from cxportal.dispatch.models import OutboxMail
from cxportal.dispatch.sending import send_due
from cxportal.organisation.models import Language
from feedback import survey_comments
from feedback.models import Assignment, Item
from panels.models import Mailing
from panels.preview import preview_of
from surveys.models import Collector, PaperBatch, Survey, Wave
from surveys.release import release
from tests.surveys.respondent import Respondent

Answers = dict[str, str]
_numbers = count()


@dataclass
class Agency:
    """The CX team at its pages, with a folder for files."""

    chiara: object
    client: Client
    folder: Path

    # ---------- a wave ----------

    def install(self, code: str) -> Wave:
        """From the gallery; its first wave is in draft."""
        answer = self.client.post(reverse("blueprints:install", args=[code]))
        survey = Survey.objects.get(pk=re.search(r"/(\d+)/", answer["Location"])[1])
        return survey.waves.get()

    def open(self, wave: Wave) -> Wave:
        return self._act(wave, "open", "open")

    def close(self, wave: Wave) -> Wave:
        """No more answers; what waited in the ballot box is counted."""
        wave = self._act(wave, "close", "closed")
        release(wave)
        return wave

    def _act(self, wave: Wave, verb: str, state: str) -> Wave:
        answer = self.client.post(reverse("admin:surveys_wave_act", args=[wave.pk, verb]))
        wave.refresh_from_db()
        assert wave.state == state, text_of(answer)
        return wave

    # ---------- answers ----------

    def bring(self, wave: Wave, rows: Iterable[Answers], way: Collector | None = None) -> None:
        """Answers given in this way, from a file."""
        rows = list(rows)
        file = self.folder / f"answers{next(_numbers)}.csv"
        with file.open("w", newline="") as lines:
            writer = csv.DictWriter(lines, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        way = way or wave.collectors.order_by("pk").first()
        call_command("import_responses", wave.code, str(file), collector=way.address, stdout=OutOfSight())

    def type_paper(self, client: Client, second: Client, way: Collector, sheets: list[dict]) -> None:
        """A stack of sheets: typed by one, every sheet once more by another, confirmed."""
        client.post(reverse("paper:batches"), {"collector": way.pk, "name": "A stack"})
        batch = PaperBatch.objects.get(collector=way)
        for number, sheet in enumerate(sheets, 1):
            client.post(reverse("paper:type", args=[batch.pk]), {"number": str(number), **sheet})
        client.post(reverse("paper:finish", args=[batch.pk]))
        for row in batch.sheets.filter(is_drawn=True):
            typed = {"number": row.number, **sheets[int(row.number) - 1]}
            second.post(reverse("paper:again", args=[batch.pk, row.pk]), typed)
        second.post(reverse("paper:confirm", args=[batch.pk]))
        batch.refresh_from_db()
        assert batch.state == "confirmed"

    def enter_counts(self, client: Client, wave: Wave, numbers: dict[Collector, tuple[int, int]]) -> None:
        """Way in -> (how many could have been asked, how many were)."""
        month = wave.opens_at.strftime("%Y-%m")
        fields = {}
        for way, (eligible, offered) in numbers.items():
            fields |= {f"n-{way.pk}-eligible-{month}": eligible, f"n-{way.pk}-offered-{month}": offered}
        client.post(reverse("admin:surveys_wave_counts", args=[wave.pk]), fields)

    # ---------- results ----------

    def publish(self, wave: Wave) -> dict:
        """The publication of the wave as the command writes it."""
        file = self.folder / f"{wave.code}.json"
        call_command("results", wave.code, make=True, to=file, stderr=OutOfSight())
        return json.loads(file.read_text())

    def make_public(self, wave: Wave) -> str:
        """The CX team's decision; the address of the public page."""
        chosen = {"action": "make_public", "_selected_action": [wave.publications.current().get().pk]}
        self.client.post(reverse("admin:surveys_publication_changelist"), chosen)
        with translation.override("en"):
            return reverse("public_results", args=[wave.code])

    def page(self, wave: Wave, name: str, client: Client | None = None, **query) -> str:
        return text_of((client or self.client).get(reverse(f"results:{name}", args=[wave.pk]), query))

    # ---------- mailings ----------

    def start(self, mailing: Mailing) -> None:
        """Looked at, started, handed over."""
        call_command(
            "start_mailing",
            str(mailing.pk),
            seen=preview_of(mailing).seen_hash,
            queue_now=True,
            stdout=OutOfSight(),
        )
        for channel in ("email", "sms"):
            send_due(gateway=OutboxGateway(), channel=channel, worker="w")

    def import_people(
        self, panel: str, rows: Iterable[str], *, heading: str = "email;language", **more
    ) -> None:
        file = self.folder / f"people{next(_numbers)}.csv"
        file.write_text("\n".join([heading, *rows]) + "\n")
        call_command("import_members", panel, str(file), stdout=OutOfSight(), **more)

    # ---------- what is done about it ----------

    def voices(self) -> list[Item]:
        """Comments of the surveys, in the feedback queue."""
        survey_comments.fetch_comments()
        return list(Item.objects.for_user(self.chiara).order_by("text"))

    def route(self, voice: Item, unit) -> Assignment:
        """To the unit that can answer it."""
        part = voice.assignments.get()
        self.client.post(reverse("queue:route", args=[voice.pk]), {"part": part.pk, "unit": unit.pk})
        return voice.assignments.get(unit=unit)

    def answer(self, part: Assignment, text: str, writer: Client) -> Assignment:
        """Written by one, refused to that one, approved by another, sent."""

        def post(client: Client, do: str, **data) -> None:
            client.post(reverse(f"queue:{do}", args=[part.item_id]), {"part": part.pk, **data})

        post(writer, "draft", text=text, language="en")
        reply = part.replies.get()
        for client, state in [(writer, "draft"), (self.client, "approved")]:
            post(client, "approve", reply=reply.pk, read=text, is_public="on")
            reply.refresh_from_db()
            assert reply.state == state
        post(writer, "send", reply=reply.pk)
        part.refresh_from_db()
        return part

    def act(self, title: str, unit, client: Client | None = None, **source) -> Action:
        """An action made on the page where something was read."""
        address = reverse("actions:make", query=source)
        answer = (client or self.client).post(address, {"title": title, "unit": unit.pk})
        assert answer.status_code == 302, text_of(answer)
        return Action.objects.get(title=title)

    def carry_out(self, action: Action) -> None:
        for step in ["assessed", "decided", "under_way", "done"]:
            self.client.post(reverse("actions:move", args=[action.pk]), {"to": step})
        action.refresh_from_db()
        assert action.status.code == "done"

    def tell_back(self, action: Action, heard: str, did: str) -> str:
        """You said, we did: the address of the public page."""
        told = ToldBack.objects.create(action=action, title=action.title, heard=heard, did=did)
        address = reverse("admin:actions_toldback_changelist")
        self.client.post(address, {"action": "release", "_selected_action": [told.pk]})
        return reverse("did_one", args=[told.pk])


def offer(*codes: str) -> None:
    """The CX team's decision: to the public in these languages too."""
    for code in codes:
        position = Language.objects.filter(is_offered=True).count()
        decided = {"is_offered": True, "position": position, "decision": "Read before it goes out."}
        Language.objects.update_or_create(code=code, defaults=decided)


class OutOfSight:
    """Where commands write what nobody reads here."""

    def write(self, _text: str) -> None:
        pass

    def flush(self) -> None:
        pass


# ---------- answers ----------


def columns(**given: list[str]) -> list[Answers]:
    """question -> values, as one row for each person."""
    return [dict(zip(given, row, strict=True)) for row in zip(*given.values(), strict=True)]


def spread(mean: float, n: int, points: range, seed: int = 1) -> list[str]:
    """n points with this mean, as near as whole numbers come to it, spread as ratings are."""
    rng = random.Random(seed)
    given = [min(points[-1], max(points[0], round(rng.gauss(mean, 1.2)))) for _each in range(n)]
    while missing := round(mean * n) - sum(given):
        step, place = (1 if missing > 0 else -1), rng.randrange(n)
        if given[place] + step in points:
            given[place] += step
    return [str(point) for point in given]


def to_five(mean: float, n: int, seed: int = 1) -> list[str]:
    return spread(mean, n, range(1, 6), seed)


def yes(share: float, n: int, seed: int = 1) -> list[str]:
    """n answers with this share of yes, in random order."""
    answers = ["yes"] * round(share * n) + ["no"] * (n - round(share * n))
    random.Random(seed).shuffle(answers)
    return answers


def at(way: Collector, *, language: str = "en", client: Client | None = None) -> Respondent:
    return Respondent(f"/{language}/s/{way.address}/", client or Client()).open()


def with_link(mail: OutboxMail, language: str = "en") -> Respondent:
    """Somebody who follows the personal link of a mail."""
    return Respondent(f"/{language}/t/{token_in(mail)}/").open()


def token_in(mail: OutboxMail) -> str:
    return re.search(r"/t/([A-Za-z0-9_-]+)", mail.text)[1]


def text_of(response) -> str:
    return html.unescape(re.sub(r"\s+", " ", response.content.decode()))


# ---------- figures ----------


def printed(figures: dict, kinds: dict[str, str]) -> dict[str, str]:
    """indicator -> the figure as one would print it; hidden ones with the reason."""
    return {code: _printed(one, kinds[code]) for code, one in figures["indicators"].items()}


def _printed(one: dict, kind: str) -> str:
    if "estimate" not in one:
        return one.get("reason", "")
    value = one["estimate"][0]
    return f"{100 * value:.0f} %" if kind == "share" else f"{value:.2f}"


def everybody(results: dict) -> dict[str, str]:
    return printed(results["everybody"], _kinds(results))


def group(results: dict, breakdown: str, cell: str) -> dict[str, str]:
    return printed(results["breakdowns"][breakdown][cell], _kinds(results))


def _kinds(results: dict) -> dict[str, str]:
    return {row["code"]: row["kind"] for row in results["indicators"]}
