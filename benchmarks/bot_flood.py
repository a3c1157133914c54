"""People answer while robots flood an open link: who is counted, held, turned away, and how long people wait.

    python benchmarks/bot_flood.py [--way services embedded] [--robots 1 200] [--posts 10000] [--people 60] [--patient]
    python benchmarks/bot_flood.py --reception [--minutes 10]

Starts a portal of its own. Robots fetch a form key for each answer and send it when the portal takes forms for human
(2 seconds; with --patient after 20, as slow as a person). People open the survey, answer after 20 to 30 seconds, some
from addresses of their own, some behind one address that nobody else uses, some behind an address of a robot. With
--reception no robot sends: 200 people behind one address answer within ten minutes. Prints a table.
"""

import argparse
import asyncio
import random
import re
import statistics
import sys
import time
import urllib.parse
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.rows import keep
from benchmarks.running_portal import RunningPortal, machine

QUESTIONS = 12
KEY = re.compile(rb'name="key" value="([^"]+)"')
SAYS_HELD = b"a person looks at this"
COUNTED = """
from surveys.models import HeldSubmission, Submission
def who(model):
    return [text for content in model.objects.values_list("content", flat=True) for _question, text in content["texts"]]
told(counted=who(Submission), held=who(HeldSubmission))
"""


@dataclass
class Seen:
    """What happened to those who sent, and how long each of their requests took."""

    seconds: list[float] = field(default_factory=list)
    ends: Counter = field(default_factory=Counter)

    def percentile(self, share: float) -> float:
        return sorted(self.seconds)[int(share * (len(self.seconds) - 1))] if self.seconds else 0.0


class Link:
    """A public form at one address; `thanks` stands on the page that follows what was taken."""

    thanks = b"Your answers have arrived"

    def __init__(self, port: int, path: str, open_at_once: int) -> None:
        self.port, self.path = port, path
        self.slots = asyncio.Semaphore(open_at_once)

    def filled_in(self, key: str, name: str) -> bytes:
        return filled_in(key, name)

    async def ask(self, sender: str, body: bytes = b"") -> tuple[int, bytes]:
        head = f"{'POST' if body else 'GET'} {self.path} HTTP/1.1\r\nHost: localhost:{self.port}\r\n"
        head += f"X-Forwarded-For: {sender}\r\nConnection: close\r\n"
        if body:
            head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(head.encode() + b"\r\n" + body)
            answer = await reader.read()
        finally:
            writer.close()
        return int(answer[9:12] or 0), answer

    async def respond(self, sender: str, name: str, seconds: float, seen: Seen) -> None:
        try:
            await self._respond(sender, name, seconds, seen)
        except OSError:
            seen.ends["no answer"] += 1

    async def _respond(self, sender: str, name: str, seconds: float, seen: Seen) -> None:
        _status, page = await self._timed(sender, b"", seen)
        key = KEY.search(page)
        if key is None:
            seen.ends["no form"] += 1
            return
        await asyncio.sleep(seconds)
        status, page = await self._timed(sender, self.filled_in(key[1].decode(), name), seen)
        end = "thanked" if self.thanks in page else str(status)
        seen.ends["held" if SAYS_HELD in page else end] += 1

    async def _timed(self, sender: str, body: bytes, seen: Seen) -> tuple[int, bytes]:
        async with self.slots:
            started = time.perf_counter()
            answer = await self.ask(sender, body)
            seen.seconds.append(time.perf_counter() - started)
        return answer


def filled_in(key: str, name: str) -> bytes:
    rng = random.Random(name)
    fields = {"key": key, "carried": "", "page": "0", "go": "next", "website": "", "q.city": name}
    fields |= {f"q.q{number}": str(rng.randint(1, 5)) for number in range(QUESTIONS - 1)}
    return urllib.parse.urlencode(fields).encode()


async def later(seconds: float, errand) -> None:
    await asyncio.sleep(seconds)
    await errand


async def flood(port: int, address: str, options, robots: int) -> tuple[Seen, Seen]:
    """Robots over a minute, people spread over it."""
    bots, people = Seen(), Seen()
    path = f"/en/s/{address}/answer/"
    for_robots, for_people = Link(port, path, 64), Link(port, path, 1000)
    pause = 20.0 if options.patient else 2.2
    errands = [
        later(
            number * options.seconds / options.posts,
            for_robots.respond(f"10.1.0.{number % robots}", f"robot {number}", pause, bots),
        )
        for number in range(options.posts)
    ]
    rng = random.Random(1)
    for number in range(options.people):
        sender = (f"172.16.0.{number % 250}", "192.168.7.7", "10.1.0.0")[number % 3]
        begins, takes = rng.uniform(1, options.seconds), rng.uniform(20, 30)
        errands.append(later(begins, for_people.respond(sender, f"person {number}", takes, people)))
    await asyncio.gather(*errands)
    return bots, people


async def reception(port: int, address: str, minutes: float, people: int) -> Seen:
    seen, link, rng = Seen(), Link(port, f"/en/s/{address}/answer/", 100), random.Random(2)
    await asyncio.gather(
        *(
            later(
                rng.uniform(0, minutes * 60 - 31),
                link.respond("192.0.2.7", f"person {number}", rng.uniform(15, 30), seen),
            )
            for number in range(people)
        )
    )
    return seen


def run_flood(way: str, robots: int, options) -> None:
    with RunningPortal(services=way == "services", port=options.port, workers=options.workers) as portal:
        survey = portal.with_survey(questions=QUESTIONS)
        started = time.perf_counter()
        bots, people = asyncio.run(flood(portal.port, survey["address"], options, robots))
        took = time.perf_counter() - started
        found = portal.do(COUNTED)
    counted, held = (Counter(name.split()[0] for name in found[box]) for box in ("counted", "held"))
    lost = options.people - counted["person"] - held["person"]
    keep(
        f"answers under a flood of {robots} robots, {way}: median of people",
        size=options.posts,
        seconds=people.percentile(0.5),
    )
    print(
        f"| {way} | {robots} | {options.posts:,} in {took:.0f} s | {counted['robot']} | {held['robot']:,} |"
        f" {options.posts - counted['robot'] - held['robot']:,} | {options.people} | {counted['person']} |"
        f" {held['person']} | {lost} | {people.percentile(0.5):.2f} | {people.percentile(0.95):.2f} |"
        f" {max(people.seconds):.2f} |",
        flush=True,
    )
    print(f"  robots {dict(bots.ends)}, people {dict(people.ends)}", file=sys.stderr)


def run_reception(way: str, options) -> None:
    with RunningPortal(services=way == "services", port=options.port, workers=options.workers) as portal:
        survey = portal.with_survey(questions=QUESTIONS)
        seen = asyncio.run(reception(portal.port, survey["address"], options.minutes, 200))
        found = portal.do(COUNTED)
    mean = statistics.fmean(seen.seconds)
    print(
        f"| {way} | 200 in {options.minutes:g} minutes | {len(found['counted'])} | {len(found['held'])} |"
        f" {mean:.3f} | {seen.percentile(0.95):.3f} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--way", nargs="+", choices=["services", "embedded"], default=["services", "embedded"]
    )
    parser.add_argument("--robots", type=int, nargs="+", default=[1, 200], help="addresses robots send from")
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--patient", action="store_true", help="robots wait as long as people")
    parser.add_argument("--reception", action="store_true", help="people behind one address, no robots")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--workers", type=int, default=2, help="web processes on services")
    parser.add_argument("--port", type=int, default=8310)
    options = parser.parse_args()
    print(f"{machine()}\n")
    if options.reception:
        print(
            "| way | people behind one address | counted | held | mean s | p95 s |\n|---|---|---|---|---|---|"
        )
        for way in options.way:
            run_reception(way, options)
        return
    print(
        "| way | addresses of robots | robots post | robots counted | robots held | robots refused | people |"
        " counted | held | neither | median s | p95 s | longest s |\n|" + "---|" * 13
    )
    for way in options.way:
        for robots in options.robots:
            run_flood(way, robots, options)


if __name__ == "__main__":
    main()
