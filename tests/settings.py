"""The settings of the product, but for what would only slow the tests down."""

import os
from pathlib import Path

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
VAR_OF_TESTS = Path(os.environ.get("CX_VAR") or Path(__file__).resolve().parent.parent / "var" / "tests")
if VAR_OF_TESTS.name != WORKER:  # which a process begun by a test has from it already
    VAR_OF_TESTS /= WORKER
os.environ["CX_VAR"] = str(VAR_OF_TESTS)

from cxportal.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
