"""Web, worker and scheduler in one process: the embedded way to run.

Threads started before gunicorn's fork do not survive it, so worker and scheduler start after it, in the web process.
"""

import os
import signal
import threading

from celery.beat import Scheduler, Service
from celery.worker import WorkController
from django.core.wsgi import get_wsgi_application
from django.db import connections
from gunicorn.app.base import BaseApplication

from cxportal.celery import app as celery_app
from surveys.begun import write_begun

STOP_WITHIN_SECONDS = 5


class EmbeddedWorker:
    """A Celery worker and the scheduler as threads of this process."""

    def __init__(self) -> None:
        self.worker = WorkController(
            app=celery_app,
            pool_cls="threads",
            concurrency=2,
            hostname="embedded@localhost",
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            loglevel="WARNING",
        )
        self.scheduler = Service(celery_app, max_interval=5, scheduler_cls=Scheduler)
        self.threads = [
            threading.Thread(target=self.worker.start, name="worker", daemon=True),
            threading.Thread(target=self.scheduler.start, name="scheduler", daemon=True),
        ]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        self.scheduler.stop()
        self.worker.stop()
        for thread in self.threads:
            thread.join(STOP_WITHIN_SECONDS)


class EmbeddedServer(BaseApplication):
    def __init__(self, *, host: str, port: int, threads: int = 4) -> None:
        self.address = f"{host}:{port}"
        self.web_threads = threads
        self.embedded_worker: EmbeddedWorker | None = None
        super().__init__()

    def load_config(self) -> None:
        for name, value in {
            "bind": self.address,
            "workers": 1,
            "worker_class": "gthread",
            "threads": self.web_threads,
            "graceful_timeout": STOP_WITHIN_SECONDS,
            "timeout": 120,
            "loglevel": "warning",
            "accesslog": None,  # it would hold addresses of respondents
            "control_socket_disable": True,
            "post_worker_init": self.after_fork,
            "worker_exit": self.before_exit,
            "child_exit": self.stop_when_killed,
        }.items():
            self.cfg.set(name, value)

    def load(self):
        return get_wsgi_application()

    def run(self) -> None:
        connections.close_all()  # a connection must not be shared across the fork
        super().run()

    def after_fork(self, worker) -> None:
        self.embedded_worker = EmbeddedWorker()
        self.embedded_worker.start()

    def before_exit(self, arbiter, worker) -> None:
        if self.embedded_worker:
            self.embedded_worker.stop()
        write_begun()

    def stop_when_killed(self, arbiter, worker) -> None:
        """The web process died by itself: leave nothing running that nobody sees."""
        if arbiter.LISTENERS:  # an orderly stop has closed them before
            os.kill(os.getpid(), signal.SIGTERM)
