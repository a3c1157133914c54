"""Standing people: Aino manages unit A, Bram is staff of unit B, Chiara is in the CX team."""

import os
import shutil
import time
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.cache import caches
from django.test import Client
from django.utils import translation

from actions.models import Status
from surveys import abuse, begun, form_key
from surveys.abuse import TEN_MINUTES
from tests.factories import StaffRoleFactory, UnitFactory, UserFactory

SAMPLES = Path(__file__).resolve().parent.parent.parent / "shared" / "samples"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config, items):
    for item in items:
        if item.get_closest_marker("long") and "long" not in config.option.markexpr:
            item.add_marker(pytest.mark.skip(reason="full size: runs in `make long`"))
        if {"browser", "page", "chromium"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")
            if not CHROMIUM and os.environ.get("CX_REQUIRE_BROWSER") != "1":
                item.add_marker(pytest.mark.skip(reason="no Chromium: apt-get install -y chromium"))
    yield
    items.sort(key=lambda item: (is_transactional(item), not item.get_closest_marker("begun_first")))


def is_transactional(item):
    """Such tests leave an emptied database behind, without what migrations put there: they stay behind all others."""
    marker = item.get_closest_marker("django_db")
    wanted = {"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
    return bool(wanted or (marker and marker.kwargs.get("transaction")))


def forget_everything():
    begun.forget()
    for cache in caches.all(initialized_only=True):
        cache.clear()


@pytest.fixture(autouse=True)
def _nothing_remembered():
    forget_everything()
    yield
    forget_everything()


@pytest.fixture(autouse=True)
def _no_minute_ends_between_two_posts(monkeypatch):
    """Limits count by minutes and ten minutes: for them each test begins a second after such a time has begun."""
    now = time.time()
    later = TEN_MINUTES - now % TEN_MINUTES + 1
    clock = SimpleNamespace(time=lambda: time.time() + later, monotonic=time.monotonic)
    monkeypatch.setattr("surveys.abuse.time", clock)


@pytest.fixture(autouse=True)
def _english():
    """A request leaves its language active in the thread, and with it `name=` would write another column."""
    with translation.override("en"):
        yield


@pytest.fixture
def samples():
    """Real files lent for testing; a stranger's clone has none of them."""
    if not SAMPLES.is_dir():
        pytest.skip("the folder of sample files is not here")
    return SAMPLES


@pytest.fixture
def line(db):
    """The line of actions: a test that is no transaction finds an emptied database."""
    if not Status.objects.exists():
        import_module("actions.migrations.0002_the_line_of_an_action").add(apps, None)


@pytest.fixture
def agency_unit(db):
    return UnitFactory(code="agency", name="Service Agency", kind="agency")


@pytest.fixture
def unit_a(agency_unit):
    return UnitFactory(code="A", name="Counter A", parent=agency_unit)


@pytest.fixture
def unit_b(agency_unit):
    return UnitFactory(code="B", name="Counter B", parent=agency_unit)


@pytest.fixture
def aino(unit_a):
    return StaffRoleFactory(
        user=UserFactory(username="aino", first_name="Aino"), role="manager", unit=unit_a
    ).user


@pytest.fixture
def bram(unit_b):
    return StaffRoleFactory(
        user=UserFactory(username="bram", first_name="Bram"), role="staff", unit=unit_b
    ).user


@pytest.fixture
def chiara(db):
    return StaffRoleFactory(user=UserFactory(username="chiara", first_name="Chiara"), role="cx_team").user


@pytest.fixture
def dimitri(db):
    """Administrator: keeps the system, does not read voices."""
    return StaffRoleFactory(
        user=UserFactory(username="dimitri", first_name="Dimitri"), role="administrator"
    ).user


@pytest.fixture
def elif_(unit_b):
    """Viewer of unit B: publications only."""
    return StaffRoleFactory(
        user=UserFactory(username="elif", first_name="Elif"), role="viewer", unit=unit_b
    ).user


def client_of(user) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def aino_client(aino):
    return client_of(aino)


@pytest.fixture
def bram_client(bram):
    return client_of(bram)


@pytest.fixture
def chiara_client(chiara):
    return client_of(chiara)


@pytest.fixture
def dimitri_client(dimitri):
    return client_of(dimitri)


@pytest.fixture
def elif_client(elif_):
    return client_of(elif_)


@pytest.fixture
def hurried_respondents(tmp_path, settings, monkeypatch):
    """Forms may be sent at once, and nobody remembers earlier tests."""
    settings.KEYS_FOLDER = tmp_path / "keys"
    monkeypatch.setattr(form_key, "LEAST_SECONDS", 0)
    abuse.forget()
