"""The main job on real input: `make real-run`, or `python -m tests.portal.real_run --out docs/real-run.md`.

Files of real bodies, real questionnaires and real voices go the whole way by the commands and pages that an agency uses:
two web processes, two workers and a scheduler on a PostgreSQL and a Redis of their own, with a mail server and a gateway
for text messages on this machine. What the portal shows is counted once more from what went in. The report names files
and numbers, never a text of them. Where the folder of sample files is not there, it says so and does nothing.
"""

import argparse
import contextlib
import csv
import email
import email.policy
import json
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.running_portal import machine
from tests.dispatch.faults import ROOT, START_SECONDS, Stage, wait_until
from tests.dispatch.own_services import Missing, Postgres, Redis, free_port, wait_for_port
from tests.portal.over_http import Form, Visitor

SAMPLES = ROOT.parent / "shared" / "samples"
REGISTER = "contacts/services_publics_plus_bodies_fr.csv"
NUMBERS = "contacts/phone_examples.csv"
FORM = "questionnaires/xlsform/onadata_good_eats_multilang.xlsx"
LARGE_FORM = "questionnaires/xlsform/reach_kobo_tool.xlsx"
MAILBOX = "Boîte à lettre fonctionnelle"
NHS = [
    *("--column", "text=FFT answer", "id=Comment ID", "received=Date", "score=FFT categorical answer"),
    *("--score", "5:1", "--no-score", "6", "7", "--no-text", "Did not answer"),
    *(
        "--default",
        "language=en",
        "kind=remark",
        "unit=reception",
        "--topic",
        "Timeliness of care=waiting-time",
    ),
    *("Information provision & guidance=clear-guidance", "Staff manner & personal attributes=treatment"),
    *("Parking=premises", "Food & drink provision & facilities=food"),
]
STORIES = [
    *("--column", "text=Description", "title=Titre", "id=ID expérience", "tone=Ressenti usager"),
    *("--value", "tone:Négatif=negative", "tone:Neutre=neutral", "tone:Positif=positive"),
    *("--default", "kind=story", "language=fr"),
]
PATIENTS = ["--column", "text=feedback", "id=row_index", "--default", "language=en", "kind=remark"]
SHORT = ["--column", "text=text", "tone=label_0neg_1neu_2pos"]
SHORT += ["--value", "tone:0=negative", "tone:1=neutral", "tone:2=positive", "--default", "kind=remark"]
LANGUAGE_OF = {
    "arabic": "ar",
    "english": "en",
    "french": "fr",
    "german": "de",
    "hindi": "hi",
    "italian": "it",
    "portuguese": "pt",
    "spanish": "es",
}
VOICES = {
    "feedback/nhs_patient_experience_v6_en.csv": NHS,
    "feedback/nhs_patient_experience_phase1_en.csv": PATIENTS,
    "feedback/services_publics_plus_fr.csv": STORIES,
} | {f"feedback/umsab_{name}_val.csv": [*SHORT, f"language={code}"] for name, code in LANGUAGE_OF.items()}
TOPIC = "waiting-time"
WORDS = {
    "subject": "Tell us how it is",
    "intro": "You work with us. Tell us in two minutes how it is.",
    "sms": "Tell us how it is.",
}
IN_BROWSER, AT_ONCE, READS_SECONDS = 4, 24, 2.2
SHARE_OF_INVITED = 0.8
WAIT_SECONDS = 900


class Run:
    """What was done and found, step by step."""

    voices = 0
    """How many pieces of feedback were brought in."""

    def __init__(self, size: int, pictures: Path | None) -> None:
        self.size, self.pictures = size, pictures
        self.random = random.Random(2026)
        self.steps: list[tuple[str, str, float]] = []
        self.checks: list[tuple[str, object, object]] = []
        self.given: Counter = Counter()
        """(question, code) -> how many of the people of this run answered so."""
        self.people = 0

    @contextmanager
    def step(self, title: str) -> Iterator[list[str]]:
        began_at, said = time.monotonic(), []
        say(f"{title} ...")
        yield said
        self.steps.append((title, "; ".join(said), time.monotonic() - began_at))
        say(f"    {self.steps[-1][1]} ({self.steps[-1][2]:.0f} s)")

    def check(self, what: str, shown: object, counted: object) -> None:
        self.checks.append((what, shown, counted))
        if shown != counted:
            say(f"    DIFFERS: {what}: {shown}, not {counted}")

    @property
    def differences(self) -> list[str]:
        return [what for what, shown, counted in self.checks if shown != counted]

    # ---------- the portal ----------

    def start(self, postgres: Postgres, redis: Redis) -> None:
        self.stage = Stage(postgres, self.size)
        self.mails = self.stage.folder / "mails"
        self.port = free_port()
        self.stage.environment |= {
            "CX_REDIS_URL": redis.url,
            "CX_TRUSTED_PROXIES": "1",
            "CX_BASE_URL": f"http://localhost:{self.port}",
            "CX_DISPATCH_TICK_SECONDS": "5",
            "CX_MEDIA": str(self.stage.folder / "media"),
        }
        self._start_mail_server()
        self.stage.start_sms_sink()
        for command in (["compile_catalogues"], ["collectstatic", "--noinput", "-v0"]):
            self.manage(*command)
        said = self.manage("create_demo_staff")
        self.password = re.search(r"password (\S+)", said)[1]
        web(self)
        for number in range(2):
            self.stage.start(
                *("-m", "celery", "-A", "cxportal", "worker", "-P", "solo", "-n", f"real{number}@localhost")
            )
        self.stage.start("-m", "celery", "-A", "cxportal", "beat", "-s", self.stage.folder / "beat")
        wait_for_port(self.port, START_SECONDS)
        wait_until(lambda: Visitor(self.port).get("/healthz").page, START_SECONDS)

    def sign_in(self) -> None:
        """Before each step: on a slow machine a session may be over when the next one begins."""
        self.chiara = Visitor(self.port).sign_in("chiara", self.password)

    def _start_mail_server(self) -> None:
        """As `Stage.start_sink`, and it keeps what it takes: the links stand nowhere else."""
        ready, log = self.stage.folder / "mail-port", self.stage.folder / "mail-log"
        log.touch()
        sink = ROOT / "tests/dispatch/smtp_sink.py"
        self.stage.start(sink, "--ready", ready, "--log", log, "--keep", self.mails)
        wait_until(lambda: ready.exists() and ready.read_text(), START_SECONDS)
        self.stage.environment["CX_EMAIL_URL"] = f"smtp://127.0.0.1:{ready.read_text()}"

    def manage(self, *command: object) -> str:
        """What the command printed; refused rows are printed too, and are no failure here."""
        done = subprocess.run(
            [sys.executable, "manage.py", *map(str, command)],
            cwd=ROOT,
            env=self.stage.environment,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {done.stderr[-1500:]}")
        return done.stdout

    def celery(self, task: str) -> None:
        """To the workers, now: nobody waits here for the next full hour."""
        self.stage.run("-m", "celery", "-A", "cxportal", "--quiet", "call", task)

    def number(self, query: str, *parameters: object) -> int:
        return self.stage.sql(query, *parameters)[0][0]

    def picture(self, name: str, path: str, *, staff: bool = False, width: int = 1280) -> None:
        if self.pictures:
            with self.browser(width=width) as page:
                if staff:
                    page.goto("/en/account/login/")
                    page.fill("[name=login]", "chiara")
                    page.fill("[name=password]", self.password)
                    page.press("[name=password]", "Enter")
                    page.wait_for_url("**/admin/**")
                page.goto(path)
                page.screenshot(path=self.pictures / f"{name}.png", full_page=True)

    @contextmanager
    def browser(self, *, width: int = 390, **options):
        with sync_playwright() as playwright:
            program = shutil.which("chromium") or shutil.which("chromium-browser")
            chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            context = chromium.new_context(
                base_url=f"http://localhost:{self.port}", viewport={"width": width, "height": 844}, **options
            )
            context.set_default_timeout(90_000)
            yield context.new_page()
            chromium.close()


def web(run: Run) -> None:
    options = [
        "--bind",
        f"127.0.0.1:{run.port}",
        "--worker-class",
        "gthread",
        "--workers",
        "2",
        "--threads",
        "4",
    ]
    slow = ["--timeout", "600", "--log-level", "critical"]  # a busy machine is no reason to kill a worker
    run.stage.start("-m", "gunicorn", "cxportal.wsgi", *options, *slow)


# ---------- the agency ----------


def organisation(run: Run) -> None:
    file = SAMPLES / REGISTER
    with run.step("The agency's tree, from a public register of bodies") as said:
        before = run.number("SELECT count(*) FROM organisation_unit")
        printed = run.manage("import_units", file, "--name-language", "fr", "--skip-refused")
        new, refused = numbers_in(printed, "new", "refused")
        said += [f"`{file.name}`: {new:,} units, {refused:,} rows refused, each with its reason"]
        run.check("units in the database", run.number("SELECT count(*) FROM organisation_unit"), before + new)
        run.check("rows taken or refused", new + refused, len(rows_of(file)))
    with run.step("French is offered, on the page “Languages”") as said:
        run.chiara.get("/en/admin/organisation/language/add/")
        decision = "Most of the bodies write French; read by nobody yet."
        run.chiara.send("_save", code="fr", position="3", is_offered="on", decision=decision)
        offered = "SELECT count(*) FROM organisation_language WHERE code = 'fr' AND is_offered"
        run.check("French is offered", run.number(offered), 1)
        said += ["with the decision in writing that the page asks for"]


def panel(run: Run) -> None:
    with run.step("A panel, on its page, with the people of a contact file and of a list of numbers") as said:
        run.chiara.get("/en/admin/panels/panel/add/")
        run.chiara.send(
            "_save",
            code="bodies",
            name_en="Bodies of the register",
            purpose_en="They are asked what they think of our service.",
            kind="contact_list",
            wipes="after_last_message",
        )
        taken = [
            members(run, REGISTER, "email", MAILBOX, "fr"),
            members(run, NUMBERS, "phone", "e164", "en"),
        ]
        said += [f"`{name}`: {new:,} people, {refused:,} rows refused" for name, new, refused in taken]
        there = run.number("SELECT count(*) FROM panels_membership")
        run.check("people in the panel", there, sum(new for _name, new, _refused in taken))
        addresses = {row[MAILBOX].strip().lower() for row in rows_of(SAMPLES / REGISTER)} - {""}
        run.check("addresses in the contact file", taken[0][1], len(addresses))


def members(run: Run, file: str, column: str, heading: str, language: str) -> tuple[str, int, int]:
    options = ["--column", f"{column}={heading}", "--language", language, "--skip-refused"]
    printed = run.manage("import_members", "bodies", SAMPLES / file, *options)
    new, refused = numbers_in(printed, "new", "refused")
    return Path(file).name, new, refused


def questionnaire(run: Run) -> None:
    with run.step("Two questionnaires imported and published") as said:
        for file, options in [(FORM, ["--open-wave"]), (LARGE_FORM, ["--publish"])]:
            printed = run.manage("import_survey", SAMPLES / file, *options)
            (summary,) = (line for line in printed.splitlines() if " questions: " in line)
            said += [f"`{Path(file).name}`: {summary.partition(';')[0]}"]
            if "The wave is open" in printed:
                run.address = re.search(r"/s/([A-Za-z0-9_-]+)", printed)[1]
        ((run.wave, run.wave_pk),) = run.stage.sql("SELECT code, id FROM surveys_wave")
        run.chiara.get(f"/en/admin/surveys/wave/{run.wave_pk}/change/")
        run.chiara.send("_save", collectors__0__expected_per_hour="60000")


def voices(run: Run) -> None:
    with run.step("Feedback collected elsewhere") as said:
        new, marked, refused, left_out = 0, 0, 0, 0
        for file, options in VOICES.items():
            printed = run.manage("import_feedback", SAMPLES / file, *options, "--skip-refused")
            taken = numbers_in(printed, "new", "refused")
            new, refused = new + taken[0], refused + taken[1]
            marked += int(re.search(r"marked in (\d+) texts", printed)[1])
            left_out += int((re.search(r"(\d+) rows without a text", printed) or [0, 0])[1])
        said += [
            f"{new:,} texts of {len(VOICES)} files in {len(LANGUAGE_OF)} languages",
            f"{left_out:,} rows without a text, {refused:,} refused",
            f"personal data hidden in {marked:,} texts",
        ]
        rows = sum(len(rows_of(SAMPLES / file)) for file in VOICES)
        run.check("rows taken, refused or without a text", new + refused + left_out, rows)
        run.check("voices in the database", run.number("SELECT count(*) FROM feedback_item"), new)
        unrouted = "SELECT count(*) FROM feedback_item i WHERE NOT EXISTS (SELECT 1 FROM feedback_assignment a WHERE a.item_id = i.id)"
        run.check("voices in nobody's hands", run.number(unrouted), 0)
        run.voices = new


# ---------- asking ----------


def invite(run: Run) -> None:
    with run.step("An invitation wave by e-mail and text message") as said:
        printed = run.manage("draw_sample", run.wave, "--panel", "bodies", "--name", "Everybody in the panel")
        mailing = re.search(r"Mailing (\d+)", printed)[1]
        invited = int(re.search(r"Will be invited: (\d+)", printed)[1])
        run.chiara.get(f"/en/admin/panels/mailing/{mailing}/change/")
        texts = {f"text__en__{name}": text for name, text in WORDS.items()}
        run.chiara.send("text-en-subject", **texts)
        run.chiara.get("/en/admin/panels/contactrule/").send("_save", quiet_from="03:00", quiet_until="03:01")
        seen = re.search(r"Seen: (\S+)", run.manage("mailing_status", mailing))[1]
        run.manage("start_mailing", mailing, "--seen", seen)
        began_at = time.monotonic()
        wait_until(lambda: is_out(run, invited), WAIT_SECONDS, every=0.5)
        seconds = time.monotonic() - began_at
        states = run.stage.states()
        links = list(run.mails.iterdir())
        numbers = run.stage.log.read_text().splitlines()
        said += [
            f"{invited} invited",
            f"{len(links)} mails and {len(numbers)} text messages taken {seconds:.0f} s after the start",
        ]
        run.check("messages by their state", dict(states), {"accepted": invited})
        run.check("messages that the two servers took", len(links) + len(numbers), invited)
        run.check("people who got two", len(numbers) - len({line.split()[2] for line in numbers}), 0)
        run.links = sorted(token_in(file) for file in links)
        finished = (
            "SELECT count(*) FROM panels_mailing WHERE state = 'done'"  # the scheduler says so each minute
        )
        wait_until(lambda: run.number(finished), WAIT_SECONDS, every=0.5)
        run.manage("purge")
        run.check("people still known after `purge`", run.number("SELECT count(*) FROM panels_member"), 0)


def is_out(run: Run, invited: int) -> bool:
    states = run.stage.states()
    return sum(states.values()) >= invited and not run.stage.is_under_way()


def token_in(file: Path) -> str:
    _recipient, _line, body = file.read_bytes().partition(b"\n")
    mail = email.message_from_bytes(body, policy=email.policy.default)
    return re.search(r"/t/([A-Za-z0-9_-]+)", mail.get_body(["plain"]).get_content())[1]


# ---------- answering ----------


def answer(run: Run) -> None:
    few = run.links[:IN_BROWSER]
    many = [f"/en/t/{token}/" for token in run.links[IN_BROWSER : round(SHARE_OF_INVITED * len(run.links))]]
    many += [f"/en/s/{run.address}/" for _each in range(run.size)]
    with run.step("Answers by a browser, two with script and two without") as said:
        for number, token in enumerate(few):
            given = by_hand(run, f"/en/t/{token}/", script=number % 2 == 0)
            run.given.update(given)
            run.people += 1
        said += [f"{len(few)} people with the link of their mail, on a phone"]
    with run.step("Answers by a load script") as said:
        began_at = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as people:
            for given in people.map(lambda one: fill_in(run.port, *one), enumerate(many)):
                run.given.update(given)
                run.people += 1
        seconds = time.monotonic() - began_at
        links = len(many) - run.size
        said += [
            f"{len(many):,} people, {links} of them with the link of their mail,"
            f" {AT_ONCE} at a time, each reading for {READS_SECONDS} s:"
            f" {len(many) / seconds:.1f} a second"
        ]
        box = run.number("SELECT count(*) FROM surveys_submission")
        done = run.number("SELECT count(*) FROM surveys_response")
        run.check("answers in the ballot box or counted", box + done, run.people)
        run.check("answers held as a flood", run.number("SELECT count(*) FROM surveys_heldsubmission"), 0)
    with run.step("A link is used twice") as said:
        again = Visitor(run.port).get(f"/en/t/{run.links[0]}/")
        run.check("a form for somebody who has answered", 'name="go"' in again.page, False)
        said += ["refused"]


def fill_in(port: int, number: int, path: str) -> list[tuple[str, str]]:
    """One person at the pages, who chooses by chance; what was chosen, for keeping the score."""
    rng = random.Random(number)
    person = Visitor(port, sender=f"10.{number // 60000}.{number // 250 % 250}.{number % 250}")
    person.get(f"{path}answer/")
    given: dict[str, str] = {}
    for _page in range(20):
        if 'name="go"' not in person.page:
            return list(given.items())
        form = person.form("go")
        chosen = choices_in(form, rng)
        given |= {name[2:]: value for name, (value,) in chosen.items() if name in form.choices}
        time.sleep(READS_SECONDS)
        go = "send" if ("go", "send") in form.buttons else "next"
        person.post(form.action or person.path, form.fields | chosen | {"go": [go]})
    raise AssertionError(f"{path} did not come to its end")


def choices_in(form: Form, rng: random.Random) -> dict[str, list[str]]:
    chosen = {}
    for name, values in form.choices.items():
        codes = [value for value in values if value and value[0] != ":"]
        if name.startswith("q.") and not name.endswith(":skip") and codes:
            chosen[name] = [rng.choice(codes)]
    for name in form.typed:
        if name == "q.amount":
            chosen[name] = [str(rng.randint(1, 40))]
    return chosen


def by_hand(run: Run, path: str, *, script: bool) -> list[tuple[str, str]]:
    given: dict[str, str] = {}
    with run.browser(java_script_enabled=script) as page:
        page.goto(path)
        for number in range(20):
            go = page.locator("button[name=go]")
            if not go.count():
                start = page.locator("a.btn[href*='answer/']")
                if number == 0 and start.count():
                    start.first.click()
                    page.wait_for_load_state()
                    continue
                break
            given |= tick(page, run.random)
            time.sleep(READS_SECONDS)
            with page.expect_navigation():
                page.locator("button[name=go][value=send], button[name=go][value=next]").last.click()
        if run.pictures:
            page.screenshot(
                path=run.pictures / f"thanks-{'script' if script else 'plain'}.png", full_page=True
            )
    return list(given.items())


def tick(page, rng: random.Random) -> dict[str, str]:
    """One of each group of choices on the page."""
    names = page.locator("input[type=radio], input[type=checkbox]").evaluate_all(
        "inputs => inputs.map(input => [input.name, input.value])"
    )
    groups: dict[str, list[str]] = {}
    for name, value in names:
        if name.startswith("q.") and not name.endswith(":skip") and value[:1] != ":":
            groups.setdefault(name, []).append(value)
    given = {}
    for name, values in groups.items():
        value = rng.choice(values)
        page.locator(f'input[name="{name}"][value="{value}"]').check(force=True)
        given[name[2:]] = value
    return given


# ---------- what comes of it ----------


def results(run: Run) -> None:
    with run.step("The wave is closed, counted and published") as said:
        run.chiara.get(f"/en/admin/surveys/wave/{run.wave_pk}/change/")
        run.chiara.post(f"/en/admin/surveys/wave/{run.wave_pk}/close/now/", csrf(run.chiara))
        run.celery("surveys.tasks.release_anonymous")
        wait_until(lambda: not run.number("SELECT count(*) FROM surveys_submission"), WAIT_SECONDS, every=0.5)
        file = run.stage.folder / "results.json"
        run.manage("results", run.wave, "--make", "--to", file)
        found = json.loads(file.read_text())["everybody"]
        said += [f"{found['n']:,} answers"]
        run.check("answers in the publication", found["n"], run.people)
        for code, question in sorted(found["questions"].items()):
            if "counts" in question and any(name == code for name, _value in run.given):
                counted = {value: n for (name, value), n in run.given.items() if name == code}
                shown = {value: n for value, n in question["counts"].items() if n}
                run.check(f"answers to “{code}”", shown, counted)
        run.manage("recount", run.wave)
        run.manage("audit_wave", run.wave)
        said += ["`recount` and `audit_wave` agree"]
    with run.step("Results on their pages, and made public") as said:
        pages = {
            name: f"/en/admin/surveys/results/{run.wave_pk}/{name}" for name in ["", "groups/", "answered/"]
        }
        took = {name: run.chiara.get(path).seconds for name, path in pages.items()}
        said += [f"slowest page {max(took.values()):.2f} s"]
        publication = run.number("SELECT max(id) FROM surveys_publication")
        fields = {"action": ["make_public"], "_selected_action": [str(publication)]}
        run.chiara.get("/en/admin/surveys/publication/")
        run.chiara.post("/en/admin/surveys/publication/", fields | csrf(run.chiara))
        public = Visitor(run.port).get(f"/en/results/{run.wave}/")
        numbers = re.findall(r"\d+", re.sub(r"(?<=\d)[\s,.\u202f\u00a0](?=\d)", "", public.page))
        run.check("the public page says how many answered", str(run.people) in numbers, True)
        run.picture("public-results", f"/en/results/{run.wave}/", width=390)
        run.picture("results", f"/en/admin/surveys/results/{run.wave_pk}/", staff=True)


def act(run: Run) -> None:
    with run.step("An action from the page of a topic, carried out and told back") as said:
        queue = run.chiara.get("/en/admin/feedback/queue/").seconds
        topics = run.chiara.get("/en/admin/feedback/topics/").seconds
        page = run.chiara.get(f"/en/admin/feedback/topics/{TOPIC}/")
        said += [
            f"with {run.voices:,} voices: queue {queue:.2f} s, all topics {topics:.2f} s, one topic {page.seconds:.2f} s"
        ]
        run.picture("queue", "/en/admin/feedback/queue/", staff=True)
        run.picture("topic", f"/en/admin/feedback/topics/{TOPIC}/?period=all", staff=True)
        query = re.search(r'/en/admin/actions/make/\?([^"]+)', page.page)[1].replace("&amp;", "&")
        unit = run.number("SELECT id FROM organisation_unit WHERE code = 'helsinki'")
        run.chiara.get(f"/en/admin/actions/make/?{query}")
        title = "Say how long it takes"
        run.chiara.post(
            f"/en/admin/actions/make/?{query}", {"title": [title], "unit": [str(unit)]} | csrf(run.chiara)
        )
        action = run.number("SELECT id FROM actions_action WHERE title = %s", title)
        for step in ["assessed", "decided", "under_way", "done"]:
            move = f"/en/admin/actions/{action}/move/"
            run.chiara.get(move).post(move, {"to": [step]} | csrf(run.chiara))
        done = "SELECT count(*) FROM actions_action a JOIN actions_status s ON s.id = a.status_id WHERE s.code = 'done'"
        run.check("actions that are done", run.number(done), 1)
        run.check("its sources", run.number("SELECT count(*) FROM actions_evidence"), 1)
        said += ["four moves"]
        run.chiara.get(f"/en/admin/actions/toldback/add/?action={action}")
        did = "It stands on every page now."
        run.chiara.send(
            "_save", action=str(action), title_en=title, heard_en="Nobody knew how long it takes.", did_en=did
        )
        told = run.number("SELECT max(id) FROM actions_toldback")
        fields = {"action": ["release"], "_selected_action": [str(told)]}
        run.chiara.get("/en/admin/actions/toldback/").post(run.chiara.path, fields | csrf(run.chiara))
        told_page = Visitor(run.port).get(f"/en/did/{told}/")
        run.check("everybody reads what was done", did in told_page.page, True)
        run.picture("did", f"/en/did/{told}/", width=390)
        run.picture("front", "/en/", width=390)


def csrf(visitor: Visitor) -> dict[str, list[str]]:
    return {"csrfmiddlewaretoken": [visitor.form("csrfmiddlewaretoken").fields["csrfmiddlewaretoken"][0]]}


# ---------- reading and writing ----------


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        first = opened.readline()
        opened.seek(0)
        return list(csv.DictReader(opened, delimiter=";" if first.count(";") > first.count(",") else ","))


def numbers_in(printed: str, *words: str) -> list[int]:
    return [int(re.search(rf"(\d+) {word}", printed)[1]) for word in words]


def report(run: Run, seconds: float) -> str:
    day = date.today().isoformat()
    lines = [
        "# A real run",
        "",
        "Made by `make real-run`, which writes this page: a real register of bodies, a real contact file, real questionnaires"
        " and real voices go through the commands and pages of the product, from the first invitation to what was done about"
        " it. Two web processes, two workers and a scheduler on a PostgreSQL and a Redis of their own; mail server and text"
        " message gateway on the same machine. Each figure is counted once more from outside: from the files, from what the"
        " two servers took, from what the people of the run chose. Texts of the files stand nowhere here.",
        "",
        f"{day}, {machine()}. The whole run took {seconds / 60:.0f} minutes on the clock, on a machine shared with other work.",
        "",
        "## What was done",
        "",
        "| step | what, how many | s |",
        "|---|---|---|",
        *(f"| {title} | {said} | {took:.0f} |" for title, said, took in run.steps),
        "",
        "## Counted from outside",
        "",
        "| what | the portal says | counted | |",
        "|---|---|---|---|",
        *(
            f"| {what} | {plain(shown)} | {plain(counted)} | {'✓' if shown == counted else '**differs**'} |"
            for what, shown, counted in run.checks
        ),
        "",
        f"{len(run.checks)} checks, {len(run.differences)} differ.",
        "",
    ]
    return "\n".join(lines)


def plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name} {number:,}" for name, number in sorted(value.items()))
    return f"{value:,}" if isinstance(value, int) else str(value)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


STEPS: list[Callable[[Run], None]] = [
    organisation,
    panel,
    questionnaire,
    voices,
    invite,
    answer,
    results,
    act,
]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--answers", type=int, default=1000, help="people who answer by the open link")
    options.add_argument("--out", type=Path, help="where the report goes; without it, to the screen")
    options.add_argument("--pictures", type=Path, help="folder for pictures of the pages it makes")
    chosen = options.parse_args()
    if not SAMPLES.is_dir():
        say("The folder of sample files, ../shared/samples, is not here: nothing was run.")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    if chosen.pictures:
        chosen.pictures.mkdir(parents=True, exist_ok=True)
    try:
        postgres, redis = Postgres(), Redis()
    except Missing as what:
        say(f"{what} Nothing was run.")
        return 0
    run, began_at = Run(chosen.answers, chosen.pictures), time.monotonic()
    try:
        with run.step("A portal from nothing") as said:
            run.start(postgres, redis)
            said += [
                "database, broker, two web processes, two workers, scheduler, mail and text message servers"
            ]
        for step in STEPS:
            run.sign_in()
            step(run)
    finally:
        with contextlib.suppress(AttributeError):
            run.stage.close()
        redis.close()
        postgres.close()
    text = report(run, time.monotonic() - began_at)
    if chosen.out:
        chosen.out.write_text(text)
    else:
        say(text)
    return int(bool(run.differences))


if __name__ == "__main__":
    sys.exit(main())
