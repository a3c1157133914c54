import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = (ROOT / "cxportal" / "settings.py").read_text()
TABLE = (ROOT / "docs" / "settings.md").read_text()
GOOD_KEY = "kV3xT9qLmZ2rWc8Yp4Ns1AkV3xT9qLmZ2rWc8Yp4Ns1AkV3xT9qLmZ"


def start(tmp_path, show="", **variables) -> tuple[int, str, str]:
    """(exit code, what was shown, last line of the complaint) of a process that reads the settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CX_")}
    environment |= {"CX_VAR": str(tmp_path)} | {f"CX_{name}": str(value) for name, value in variables.items()}
    done = subprocess.run(
        [sys.executable, "-c", f"from cxportal import settings; print({show})"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout.strip(), (done.stderr.strip().splitlines() or [""])[-1]


@pytest.fixture
def production():
    return {
        "PRODUCTION": 1,
        "SECRET_KEY": GOOD_KEY,
        "BASE_URL": "https://cx.example.org",
        "ALLOWED_HOSTS": "cx.example.org",
    }


def test_production_starts_with_good_values(tmp_path, production):
    shown = (
        "settings.DEBUG, settings.ALLOWED_HOSTS, settings.SESSION_COOKIE_SECURE, settings.SECURE_SSL_REDIRECT"
    )
    assert start(tmp_path, shown, **production) == (0, "False ['cx.example.org'] True True", "")


REFUSED_IN_PRODUCTION = {
    "no secret key": ({"SECRET_KEY": ""}, "CX_SECRET_KEY must be set to at least 50 random characters"),
    "a short secret key": (
        {"SECRET_KEY": "short"},
        "CX_SECRET_KEY must be set to at least 50 random characters",
    ),
    "one letter many times": (
        {"SECRET_KEY": "a" * 60},
        "CX_SECRET_KEY must be set to at least 50 random characters",
    ),
    "the key Django makes": (
        {"SECRET_KEY": f"django-insecure-{GOOD_KEY}"},
        "CX_SECRET_KEY must be set to at least 50 random characters",
    ),
    "any host": (
        {"ALLOWED_HOSTS": "*"},
        "CX_ALLOWED_HOSTS must name the hosts in production, not a wildcard.",
    ),
    "any host among others": (
        {"ALLOWED_HOSTS": "cx.example.org,*"},
        "CX_ALLOWED_HOSTS must name the hosts in production, not a wildcard.",
    ),
    "debugging": ({"DEBUG": 1}, "CX_DEBUG must be off in production: error pages would show data of people."),
}


@pytest.mark.parametrize(("values", "sentence"), REFUSED_IN_PRODUCTION.values(), ids=REFUSED_IN_PRODUCTION)
def test_production_refuses_to_start_in_one_sentence(tmp_path, production, values, sentence):
    code, _shown, complaint = start(tmp_path, **production | values)
    assert code == 1
    assert complaint.startswith(f"django.core.exceptions.ImproperlyConfigured: {sentence}")


def test_a_database_of_its_own_means_production(tmp_path):
    code, _shown, complaint = start(tmp_path, DATABASE_URL="postgresql://cx@db/cx")
    assert (code, "CX_SECRET_KEY" in complaint) == (1, True)


def test_a_refusal_does_not_show_the_secret(tmp_path, production):
    secret = "Aino knows this one"
    _code, shown, complaint = start(tmp_path, **production | {"SECRET_KEY": secret})
    assert secret not in shown + complaint


WRONG_ANYWHERE = {
    "an address without a scheme": ({"BASE_URL": "cx.example.org"}, "CX_BASE_URL must be an address such as"),
    "an unknown level": (
        {"LOG_LEVEL": "loud"},
        "CX_LOG_LEVEL must be DEBUG, INFO, WARNING, ERROR or CRITICAL.",
    ),
    "a mail server without a scheme": (
        {"EMAIL_URL": "mail.example.org"},
        "CX_EMAIL_URL must look like smtp+tls://",
    ),
    "a gateway without encryption": (
        {"SMS_URL": "http://sms.example.org"},
        "CX_SMS_URL must begin with https://",
    ),
}


@pytest.mark.parametrize(("values", "sentence"), WRONG_ANYWHERE.values(), ids=WRONG_ANYWHERE)
def test_a_value_that_cannot_work_stops_the_start_in_one_sentence(tmp_path, values, sentence):
    code, _shown, complaint = start(tmp_path, **values)
    assert code == 1
    assert complaint.startswith(f"django.core.exceptions.ImproperlyConfigured: {sentence}")


def test_without_any_variable_the_embedded_way_starts_with_a_key_of_its_own(tmp_path):
    first = start(tmp_path, "settings.SECRET_KEY, settings.DEBUG, settings.PRODUCTION")
    second = start(tmp_path, "settings.SECRET_KEY, settings.DEBUG, settings.PRODUCTION")
    assert first == second
    assert re.fullmatch(r"\S{60,} False False", first[1])
    assert oct((tmp_path / "secret_key").stat().st_mode & 0o777) == "0o600"


def test_the_embedded_way_answers_to_this_machine_alone(tmp_path):
    assert start(tmp_path, "sorted(set(settings.ALLOWED_HOSTS))")[1] == "['127.0.0.1', '[::1]', 'localhost']"


def test_a_secret_can_be_read_from_a_file(tmp_path, production):
    (tmp_path / "secret").write_text(GOOD_KEY)
    del production["SECRET_KEY"]
    shown = start(tmp_path, "settings.SECRET_KEY", **production, SECRET_KEY_FILE=tmp_path / "secret")
    assert shown == (0, GOOD_KEY, "")


def test_keys_lie_where_the_installation_says(tmp_path):
    assert start(tmp_path, "settings.KEYS_FOLDER", KEYS=tmp_path / "elsewhere")[1] == str(
        tmp_path / "elsewhere"
    )


def read_by_the_settings() -> list[str]:
    return sorted({f"CX_{name}" for name in re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"', SETTINGS)})


def test_every_variable_stands_in_the_table():
    rows = sorted(re.findall(r"^\| `(CX_[A-Z_]+)` \|", TABLE, re.M))
    assert len(rows) > 20
    assert rows == read_by_the_settings()


def test_no_other_module_reads_variables_of_the_portal():
    code = [
        path
        for room in ["cxportal", "surveys", "panels", "feedback", "actions"]
        for path in (ROOT / room).rglob("*.py")
    ]
    reading = [
        str(path.relative_to(ROOT))
        for path in code
        if path.name != "settings.py"
        and re.search(r"environ(?:\.get|\.setdefault)?[(\[]\s*[\"']CX_", path.read_text())
    ]
    assert reading == []
