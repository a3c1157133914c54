"""What it costs to answer a survey: CPU time of the server processes per request, and queries.

    python benchmarks/respond_speed.py [--way services embedded] [--requests 1500] [--questions 12]

Starts gunicorn with one worker on a database of its own, opens the survey and sends answers one after the other, and
reads the CPU time of the web process and of the database process that serves it from /proc. A bare Django view that
answers the same bytes behind the same middleware is measured beside it. Wall-clock time does not count, so a busy
machine disturbs little (its caches are colder, though). Prints tables; for PostgreSQL every figure includes the
backend's time.
"""

import argparse
import gzip
import http.client
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.bot_flood import KEY, filled_in
from benchmarks.rows import keep
from benchmarks.running_portal import RunningPortal, machine

BARE = """
from cxportal.wsgi import application
from django.http import HttpResponse
from django.urls import path

import cxportal.urls
import surveys.form_key

surveys.form_key.LEAST_SECONDS = 0

BODY = open({body!r}, "rb").read()

def bare(request):
    response = HttpResponse(BODY, content_type="text/html; charset=utf-8")
    response.headers["Content-Encoding"] = "gzip"
    return response

cxportal.urls.urlpatterns.insert(0, path("bare/", bare))
"""
HEADERS = {"Accept-Encoding": "gzip", "Accept-Language": "en"}
QUERIES = """
from django.conf import settings
settings.ALLOWED_HOSTS.append("testserver")
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from benchmarks.bot_flood import KEY, filled_in
import surveys.form_key
surveys.form_key.LEAST_SECONDS = 0
client, numbers = Client(), []
for _ in range(3):
    with CaptureQueriesContext(connection) as asked:
        page = client.get({path!r})
    numbers.append(len(asked))
    key = KEY.search(page.content)[1].decode()
    with CaptureQueriesContext(connection) as asked:
        client.post({path!r}, filled_in(key, "somebody").decode(), content_type="application/x-www-form-urlencoded")
    numbers.append(sum(not one["sql"].startswith(("BEGIN", "COMMIT")) for one in asked))
told(get=numbers[-2], post=numbers[-1])
"""


class Visitor:
    """One kept connection; asks one thing after the other."""

    def __init__(self, port: int) -> None:
        self.port, self.sent = port, 0
        self.connection = http.client.HTTPConnection("localhost", port)

    def ask(self, path: str, body: bytes = b"") -> tuple[http.client.HTTPResponse, bytes]:
        self.sent += 1
        headers = HEADERS | {
            "X-Forwarded-For": f"10.{self.sent // 60000}.{self.sent // 250 % 250}.{self.sent % 250}"
        }
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self.connection.request("POST" if body else "GET", path, body or None, headers)
            response = self.connection.getresponse()
        except (http.client.HTTPException, OSError):
            self.connection.close()
            self.connection.request("POST" if body else "GET", path, body or None, headers)
            response = self.connection.getresponse()
        return response, response.read()


def key_in(page: bytes, encoding: str | None) -> str:
    return KEY.search(gzip.decompress(page) if encoding == "gzip" else page)[1].decode()  # type: ignore[index]


def cost(portal: RunningPortal, errand, times: int) -> dict[str, float]:
    """CPU milliseconds of each process per time."""
    before = portal.cpu_seconds()
    for _ in range(times):
        errand()
    after = portal.cpu_seconds()
    return {name: 1000 * (after[name] - before[name]) / times for name in after}


def measure(way: str, options) -> None:
    with RunningPortal(services=way == "services", port=options.port, workers=1, threads=1) as portal:
        survey = portal.with_survey(questions=options.questions)
        portal.do(
            f"from surveys.models import Collector; Collector.objects.update(expected_per_hour=100_000); told(a={survey['wave']})"
        )
        path = f"/en/s/{survey['address']}/answer/"
        queries = portal.do(QUERIES.format(path=path))
        with_bare_view(portal, path)
        visitor = Visitor(portal.port)

        def get() -> None:
            visitor.ask(path)

        def answer() -> None:
            response, page = visitor.ask(path)
            _response, _thanks = visitor.ask(
                path, filled_in(key_in(page, response.headers["Content-Encoding"]), f"person {visitor.sent}")
            )

        for _ in range(200):
            answer()
            visitor.ask("/bare/")
        pairs = []
        for _round in range(5):  # side by side, so that a busy minute meets both
            pairs.append(
                (
                    cost(portal, lambda: visitor.ask("/bare/"), options.requests // 5)["web"],
                    cost(portal, get, options.requests // 5)["web"],
                )
            )
        bare, first = min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)
        rounds = [cost(portal, answer, options.requests // 5) for _round in range(5)]
        whole = min(rounds, key=lambda one: sum(one.values()))
        _response, page = visitor.ask(path)
    ratio = sorted(one / zero for zero, one in pairs)[2]
    megabytes = 0.0  # the server is another process
    keep(
        f"first page of a survey, {way}",
        size=options.questions,
        seconds=first / 1000,
        cpu_seconds=first / 1000,
        ratio=ratio,
        beside="a bare view with the same bytes",
        megabytes=megabytes,
    )
    keep(
        f"survey opened and answered, {way}",
        size=options.questions,
        seconds=sum(whole.values()) / 1000,
        cpu_seconds=sum(whole.values()) / 1000,
        megabytes=megabytes,
    )
    print(
        f"| {way} | {queries['get']} | {len(page) / 1024:.1f} | {bare:.2f} | {first:.2f} | {ratio:.2f} |"
        f" {queries['post']} | {whole['web']:.2f} | {whole['database']:.2f} | {sum(whole.values()):.2f} |",
        flush=True,
    )


def with_bare_view(portal: RunningPortal, path: str) -> None:
    """Start the server again with one more view, and without the wait of two seconds."""
    _response, page = Visitor(portal.port).ask(path)
    (portal.var / "page.gz").write_bytes(page)
    (portal.var / "bench_wsgi.py").write_text(BARE.format(body=str(portal.var / "page.gz")))
    portal.restart("bench_wsgi")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--way", nargs="+", choices=["services", "embedded"], default=["services", "embedded"]
    )
    parser.add_argument("--requests", type=int, default=1500)
    parser.add_argument("--questions", type=int, default=12)
    parser.add_argument("--port", type=int, default=8320)
    options = parser.parse_args()
    print(f"{machine()}\n\nCPU milliseconds of the server processes; the best of five rounds.\n")
    print(
        "| way | queries, first page | KB | bare view | first page | ratio | queries, final POST |"
        " open and answer: web | database | together |\n|" + "---|" * 10
    )
    for way in options.way:
        measure(way, options)


if __name__ == "__main__":
    main()
