"""The settings of the product, but for what would only slow the tests down."""

import os
from pathlib import Path

VAR_OF_TESTS = Path(os.environ.get("CX_VAR") or Path(__file__).resolve().parent.parent / "var" / "tests")
WORKER = os.environ.pop(
    "PYTEST_XDIST_WORKER", ""
)  # the processes that its tests start find the folder in CX_VAR
os.environ["CX_VAR"] = str(VAR_OF_TESTS / WORKER)
os.environ.setdefault("CX_PRODUCTION", "0")

from cxportal.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
