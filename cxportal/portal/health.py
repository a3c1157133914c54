"""/healthz: the process is alive. /readyz: it can do its work. Neither tells a secret."""

import time

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, JsonResponse
from kombu.exceptions import OperationalError

from cxportal.celery import app

HEARTBEAT_KEY = "worker-heartbeat"
HEARTBEAT_MAX_AGE_SECONDS = 60


class HealthMiddleware:
    """Answers before hosts, sessions and languages are looked at, so that a probe needs nothing of them."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path == "/healthz":
            return HttpResponse("alive", content_type="text/plain")
        if request.path == "/readyz":
            checks = readiness()
            ready = all(state == "ok" for state in checks.values())
            return JsonResponse(checks, status=200 if ready else 503)
        return self.get_response(request)


def readiness() -> dict[str, str]:
    """Name of each part the portal needs -> "ok", or in a few words what is wrong."""
    checks = {"database": "ok", "migrations": "ok", "broker": "ok", "worker": "ok"}
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            checks["migrations"] = "pending"
    except DatabaseError:
        checks["database"] = "no answer"
        checks["migrations"] = "unknown"
    try:
        with app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except (OperationalError, OSError):
        checks["broker"] = "no answer"
    checks["worker"] = _worker_state()
    return checks


def _worker_state() -> str:
    try:
        beat_at = cache.get(HEARTBEAT_KEY)
    except OSError:
        return "unknown"
    if beat_at is None:
        return "no heartbeat"
    return "ok" if time.time() - beat_at < HEARTBEAT_MAX_AGE_SECONDS else "heartbeat too old"


def beat_heart() -> None:
    cache.set(HEARTBEAT_KEY, time.time(), timeout=None)
