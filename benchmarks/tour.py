"""The pages of the tour in the README, on the demo: what one costs, and whether its queries grow with the rows.

    python benchmarks/tour.py                      # CPU and queries of each page, on two demos of its own
    python benchmarks/tour.py --demo var --base http://localhost:8000 --password ...   # and looked at in Chromium

One demo is a tenth of the other, unless --size and --smaller-size say otherwise. A page is asked for twice; the second
time counts. A page may ask more on the larger demo because there is more on it, such as an answer beside a voice; what
must not grow with the rows is how often one and the same query is asked, but for its values ("alike"). With --base the same pages of a portal that runs on the folder --demo are opened in Chromium, in each of the
--languages, narrow and wide, light and dark, and axe, the policy of the page and the console are asked.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.rows import keep
from benchmarks.running_portal import ROOT, machine

PAGES = [
    ("chiara", "Today", "/en/admin/"),
    ("chiara", "results: all waves", "/en/admin/surveys/results/"),
    ("chiara", "results: “How well do we serve you?”", "/en/admin/surveys/results/{customers_second}/"),
    ("chiara", "results: its groups", "/en/admin/surveys/results/{customers_second}/groups/"),
    ("chiara", "results: compared with 3.46", "/en/admin/surveys/results/{customers_second}/comparison/"),
    ("chiara", "results: who answered", "/en/admin/surveys/results/{customers_second}/answered/"),
    ("chiara", "results: “Your visit to the service office”", "/en/admin/surveys/results/{offices_autumn}/"),
    ("chiara", "results: what matters", "/en/admin/surveys/results/{importance}/importance/"),
    ("chiara", "results of the centres", "/en/admin/surveys/results/{residents}/"),
    ("chiara", "a wave", "/en/admin/surveys/wave/{customers_second}/change/"),
    ("chiara", "a wave: its progress", "/en/admin/surveys/wave/{customers_second}/progress/"),
    ("chiara", "mailing: 22 of 100", "/en/admin/panels/mailing/{mailing}/progress/"),
    ("chiara", "queue", "/en/admin/feedback/queue/"),
    ("chiara", "topics", "/en/admin/feedback/topics/"),
    ("chiara", "one topic", "/en/admin/feedback/topics/waiting-time/"),
    ("chiara", "board", "/en/admin/actions/board/"),
    ("chiara", "an action and its evidence", "/en/admin/actions/action/{action}/change/"),
    ("chiara", "annual plans", "/en/admin/actions/plans/"),
    ("chiara", "one plan", "/en/admin/actions/plans/{centre}/{year}/"),
    ("chiara", "you said, we did, for staff", "/en/admin/actions/toldback/"),
    ("chiara", "local outbox", "/en/admin/dispatch/message/outbox/"),
    ("bram", "Today at the desk", "/en/admin/"),
    ("bram", "new observation", "/en/admin/feedback/observe/"),
    ("bram", "take down", "/en/admin/feedback/take-down/"),
    ("bram", "queue of Tampere", "/en/admin/feedback/queue/"),
    ("aino", "my work", "/en/admin/"),
    ("aino", "results of Helsinki", "/en/admin/surveys/results/{offices_autumn}/"),
    ("aino", "what the numbers changed", "/en/admin/actions/action/{action}/change/"),
    ("", "front page", "/en/"),
    ("", "who is asked just now", "/en/measurements/"),
    ("", "one of them, where one declines", "/en/measurements/callers/"),
    ("", "survey: first page", "/en/s/{link}/"),
    ("", "survey: questions", "/en/s/{link}/answer/"),
    ("", "tell us", "/en/tell/"),
    ("", "receipt", "/en/receipt/"),
    ("", "public results", "/en/results/"),
    ("", "public results of one wave", "/en/results/customers_second/"),
    ("", "stories", "/en/stories/"),
    ("", "you said, we did", "/en/did/"),
]
MOST_MS = 500
WIDTHS = (390, 1280)
VALUE = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")


# ---------- CPU and queries, in a process on the demo ----------


def measured() -> list[dict]:
    import django  # noqa: PLC0415  CX_VAR names the demo before anything is read

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cxportal.settings")
    django.setup()

    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    from cxportal.organisation.models import User  # noqa: PLC0415

    clients = {"": Client(headers={"host": "localhost"})}
    for name in ("chiara", "bram", "aino"):
        clients[name] = Client(headers={"host": "localhost"})
        clients[name].force_login(
            User.objects.get(username=name), backend="allauth.account.auth_backends.AuthenticationBackend"
        )
    found = []
    for who, title, path in PAGES:
        address = path.format(**places())
        clients[who].get(address)
        began = time.process_time()
        with CaptureQueriesContext(connection) as queries:
            page = clients[who].get(address)
            content = page.getvalue()
        cpu = time.process_time() - began
        if page.status_code != 200:
            raise SystemExit(f"{who or 'everybody'} {address}: {page.status_code}")
        found.append(
            {
                "who": who,
                "title": title,
                "path": address,
                "ms": 1000 * cpu,
                "queries": len(queries),
                "alike": alike(query["sql"] for query in queries),
                "kb": len(content) / 1024,
            }
        )
    return found


def alike(statements: Iterable[str]) -> int:
    """How often the most frequent query was asked, whatever its values."""
    shapes = Counter(re.sub(r"\(\?(, \?)*\)", "(?)", VALUE.sub("?", sql)) for sql in statements)
    return max(shapes.values(), default=0)


def places() -> dict[str, object]:
    from actions.models import Action, Plan  # noqa: PLC0415
    from panels.models import Mailing  # noqa: PLC0415
    from surveys.models import Collector, Wave  # noqa: PLC0415

    plan = Plan.objects.select_related("unit").order_by("pk").first()
    return dict(Wave.objects.values_list("code", "pk")) | {
        "action": Action.objects.get(title__startswith="Number machine").pk,
        "mailing": Mailing.objects.get(wave__code="contacts").pk,
        "link": Collector.objects.filter(wave__code="customers_third", kind="link").first().address,
        "centre": plan.unit_id,
        "year": plan.year,
    }


def filled(folder: Path, size: float) -> Path:
    environment = os.environ | {"CX_VAR": str(folder)}
    folder.mkdir()
    commands = [["collectstatic", "--noinput", "-v0"], ["migrate", "-v0"], ["fill_demo", "--size", str(size)]]
    for command in commands:
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    return folder


def of_demo(folder: Path) -> list[dict]:
    environment = os.environ | {"CX_VAR": str(folder)}
    done = subprocess.run(
        [sys.executable, __file__, "--measure"], env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(done.stderr[-3000:] or done.stdout[-3000:])
    return json.loads(done.stdout.strip().splitlines()[-1])


def print_costs(large: list[dict], small: list[dict]) -> int:
    print("| who | page | ms CPU | queries | on a tenth | alike | on a tenth | KB |")
    print("|---|---|--:|--:|--:|--:|--:|--:|")
    faults = 0
    for row, less in zip(large, small, strict=True):
        grows, is_slow = row["alike"] > less["alike"], row["ms"] > MOST_MS
        faults += grows + is_slow
        marks = (" **grows**" if grows else "", " **slow**" if is_slow else "")
        print(
            f"| {row['who'] or 'everybody'} | {row['title']} | {row['ms']:.0f}{marks[1]} | {row['queries']} |"
            f" {less['queries']} | {row['alike']}{marks[0]} | {less['alike']} | {row['kb']:.0f} |"
        )
        keep(
            f"tour: {row['who'] or 'everybody'}: {row['title']}",
            size=1,
            seconds=row["ms"] / 1000,
            cpu_seconds=row["ms"] / 1000,
        )
    return faults


# ---------- in a browser, on a portal that runs ----------


def looked_at(
    base: str, password: str, addresses: list[dict], languages: list[str], pictures: Path | None
) -> int:
    """Each page is loaded once in each language, and looked at in both widths, light and dark."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    from tests.browser.faults import WATCH_POLICY, everywhere  # noqa: PLC0415

    faults = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for who in ("chiara", "bram", "aino", ""):
            window = browser.new_context(base_url=base, reduced_motion="reduce")
            window.set_default_timeout(120_000)
            window.add_init_script(WATCH_POLICY)
            page = window.new_page()
            said: list[str] = []
            page.on("console", partial(_hear, said))
            if who:
                _sign_in(page, who, password)
            for number, row in enumerate(addresses):
                for language in languages if row["who"] == who else []:
                    said.clear()
                    page.goto(row["path"].replace("/en/", f"/{language}/", 1))
                    found = [*everywhere(page, WIDTHS), *said]
                    faults += len(found)
                    for fault in found:
                        print(f"{language} {row['path']}: {fault}", flush=True)
                    if pictures:
                        _keep_pictures(page, pictures / f"{number:02}-{who or 'everybody'}-{language}")
            window.close()
        browser.close()
    print(
        f"{len(addresses)} pages in {', '.join(languages)}, at {' and '.join(map(str, WIDTHS))} px, light and dark:"
        f" {faults} violations, errors and refusals of the policy"
    )
    return faults


def _sign_in(page: Any, who: str, password: str) -> None:
    page.goto("/en/account/login/")
    page.fill("[name=login]", who)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/admin/**")


def _keep_pictures(page: Any, stem: Path) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=f"{stem}-{width}.png", full_page=True)


def _hear(said: list[str], message: Any) -> None:
    if message.type == "error":
        said.append(message.text)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--demo", type=Path, help="folder (CX_VAR) of a demo that is there")
    parser.add_argument("--smaller", type=Path, help="folder of a smaller one")
    parser.add_argument("--size", type=float, default=1)
    parser.add_argument("--smaller-size", type=float, default=0.1)
    parser.add_argument("--base", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--languages", nargs="+", default=["en", "ar"])
    parser.add_argument("--pictures", type=Path, help="folder for a picture of each page")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        print(json.dumps(measured()))
        return 0
    print(machine() + "\n")
    with tempfile.TemporaryDirectory(prefix="cx-tour-") as folder:
        large = of_demo(chosen.demo or filled(Path(folder, "large"), chosen.size))
        small = of_demo(chosen.smaller or filled(Path(folder, "small"), chosen.smaller_size))
    faults = print_costs(large, small)
    if chosen.base:
        faults += looked_at(chosen.base, chosen.password, large, chosen.languages, chosen.pictures)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
