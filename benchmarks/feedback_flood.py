"""People tell something on the public page while robots flood it: who gets through, and how long they wait.

    python benchmarks/feedback_flood.py [--way services embedded] [--robots 1 200 10000] [--posts 10000] [--people 30]

Starts a portal of its own. Robots send as soon as the portal takes a form for human, and one form up to twenty times.
People take 20 to 30 seconds, a third of them behind an address of a robot. Whoever is asked to wait presses again after
a minute, as the page says. Nothing may be a 500. Prints a table.
"""

import argparse
import asyncio
import random
import sys
import time
import urllib.parse
from collections.abc import Coroutine
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.bot_flood import KEY, Link, Seen, later
from benchmarks.rows import keep
from benchmarks.running_portal import RunningPortal, machine

PATH = "/en/tell/remark/"
TRIES = 4
WAITS = 61.0
KEPT = """
from feedback.models import Item
told(texts=list(Item.objects.values_list("text", flat=True)))
"""


class Form(Link):
    thanks = b"Thank you. It has arrived."

    def filled_in(self, key: str, name: str) -> bytes:
        return urllib.parse.urlencode({"key": key, "website": "", "text": name}).encode()


class Robot(Form):
    """Sends the same form up to `posts_a_form` times, each time with other words."""

    def __init__(self, port: int, path: str, open_at_once: int, posts_a_form: int) -> None:
        super().__init__(port, path, open_at_once)
        self.posts_a_form = posts_a_form
        self.forms: list[tuple[str, int]] = []

    async def _respond(self, sender: str, name: str, seconds: float, seen: Seen) -> None:
        if not self.forms:
            _status, page = await self._timed(sender, b"", seen)
            if not (found := KEY.search(page)):
                seen.ends["no form"] += 1
                return
            await asyncio.sleep(seconds)
            self.forms.append((found[1].decode(), self.posts_a_form))
        key, left = self.forms.pop()
        if left > 1:
            self.forms.append((key, left - 1))
        status, page = await self._timed(sender, self.filled_in(key, name), seen)
        seen.ends["thanked" if self.thanks in page else str(status)] += 1


class Patient(Form):
    """Presses again, a minute later, where the page asks to."""

    async def respond(self, sender: str, name: str, seconds: float, seen: Seen) -> None:
        for tried in range(TRIES):
            before = seen.ends["thanked"], seen.ends["429"]
            await super().respond(sender, name, seconds if not tried else 3.0, seen)
            if seen.ends["thanked"] > before[0] or seen.ends["429"] == before[1]:
                return
            await asyncio.sleep(WAITS)


async def flood(port: int, options: argparse.Namespace, robots: int) -> tuple[Seen, float, list[Seen]]:
    """What robots saw and how many seconds they took, and what each of the people saw."""
    bots, everybody = Seen(), []
    for_robots = Robot(port, PATH, 64, options.posts_a_form)
    for_people = Patient(port, PATH, 1000)
    posts = [
        later(
            number * options.seconds / options.posts,
            for_robots.respond(_address(number % robots), f"Buy now {number}", 2.2, bots),
        )
        for number in range(options.posts)
    ]
    rng, errands = random.Random(1), []
    for number in range(options.people):
        sender = (f"172.16.0.{number}", f"172.17.0.{number}", _address(0))[number % 3]
        seen = Seen()
        everybody.append(seen)
        begins, takes = rng.uniform(1, options.seconds), rng.uniform(20, 30)
        errands.append(later(begins, for_people.respond(sender, f"Person {number} waited", takes, seen)))
    took, *_people = await asyncio.gather(_seconds_of(posts), *errands)
    return bots, took, everybody


async def _seconds_of(errands: list[Coroutine]) -> float:
    started = time.perf_counter()
    await asyncio.gather(*errands)
    return time.perf_counter() - started


def _address(number: int) -> str:
    return f"10.1.{number // 250}.{number % 250}"


def run(way: str, robots: int, options: argparse.Namespace) -> bool:
    with RunningPortal(services=way == "services", port=options.port) as portal:
        bots, took, everybody = asyncio.run(flood(portal.port, options, robots))
        kept = portal.do(KEPT)["texts"]
    of_robots = sum(text.startswith("Buy now") for text in kept)
    of_people = sum(text.startswith("Person") for text in kept)
    at_once = sum(seen.ends["thanked"] == 1 and not seen.ends["429"] for seen in everybody)
    waits = Seen(seconds=[one for seen in everybody for one in seen.seconds])
    faults = sum(n for seen in [bots, *everybody] for end, n in seen.ends.items() if end.startswith("5"))
    keep(
        f"telling under a flood of {robots} robots, {way}: 95 of 100 people",
        size=options.posts,
        seconds=waits.percentile(0.95),
    )
    print(
        f"| {way} | {robots:,} | {options.posts:,} in {took:.0f} s | {of_robots} | {options.people} | {at_once} |"
        f" {of_people} | {waits.percentile(0.5):.2f} | {waits.percentile(0.95):.2f} | {faults} |",
        flush=True,
    )
    print(f"  robots {dict(bots.ends)}", file=sys.stderr)
    return of_people == options.people and not faults


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--way", nargs="+", choices=["services", "embedded"], default=["services", "embedded"]
    )
    parser.add_argument("--robots", type=int, nargs="+", default=[1, 200, 10_000], help="addresses")
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--posts-a-form", type=int, default=20, help="1: robots fetch the form for each post")
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--port", type=int, default=8320)
    options = parser.parse_args()
    print(f"{machine()}\n")
    print(
        "| way | addresses of robots | robots post | robots taken | people | people taken at once | people taken |"
        " median s | p95 s | answers of 500 and above |\n|" + "---|" * 10
    )
    held = [run(way, robots, options) for way in options.way for robots in options.robots]
    return int(not all(held))


if __name__ == "__main__":
    sys.exit(main())
