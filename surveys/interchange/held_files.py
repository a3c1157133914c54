"""A file that was looked through waits here for a yes, at most a day; nobody but who brought it can take it."""

import secrets
from contextlib import suppress
from datetime import timedelta
from pathlib import PurePath

from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from cxportal.organisation.models import User

FOLDER = "interchange"
SALT = "surveys.interchange.held"
KEPT = timedelta(days=1)


def hold(name: str, content: bytes, *, by: User) -> str:
    """A sign by which `by` gets it back."""
    forget_old()
    stored = default_storage.save(f"{FOLDER}/{secrets.token_hex(16)}", ContentFile(content))
    return signing.dumps([by.pk, stored, PurePath(name).name[:200]], salt=SALT)


def held(sign: str, *, by: User) -> tuple[str, bytes] | None:
    """(name, content), unless it is somebody else's, too old, or taken."""
    try:
        owner, stored, name = signing.loads(sign, salt=SALT, max_age=KEPT)
    except signing.BadSignature:
        return None
    if owner != by.pk:
        return None
    try:
        with default_storage.open(stored) as file:
            return name, file.read()
    except FileNotFoundError:
        return None


def let_go(sign: str) -> None:
    with suppress(signing.BadSignature):
        default_storage.delete(signing.loads(sign, salt=SALT)[1])


def forget_old() -> None:
    if not default_storage.exists(FOLDER):
        return
    for name in default_storage.listdir(FOLDER)[1]:
        path = f"{FOLDER}/{name}"
        with suppress(FileNotFoundError):
            if default_storage.get_modified_time(path) < timezone.now() - KEPT:
                default_storage.delete(path)
