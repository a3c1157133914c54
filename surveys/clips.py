"""Pictures and recordings of questions: added, taken away, kept as long as a draft or a version has them."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cxportal.organisation.models import User
from surveys.clip_formats import MEDIA_TYPES, BadClip, checked
from surveys.models import Clip, Question, Survey, Version

FOLDER = "clips"
DIGEST_LETTERS = 32
KEPT_UNUSED = timedelta(days=2)
"""A file without a row may belong to a form that is being saved just now."""


def put_clip(
    *, question: Question, kind: str, language: str, content: bytes, alt: str = "", by: User
) -> Clip:
    """The question has this picture or recording in this language from now on. Raises BadClip."""
    found = checked(content)
    if found.is_picture != (kind == Clip.Kind.PICTURE):
        raise BadClip(_("This is a picture.") if found.is_picture else _("This is a recording."))
    alt = " ".join(alt.split())
    if found.is_picture and not alt:
        raise BadClip(_("Say what the picture shows, for people who cannot see it."))
    file = f"{hashlib.sha256(found.content).hexdigest()[:DIGEST_LETTERS]}.{found.extension}"
    store_file(file, found.content)
    clip, _created = Clip.objects.update_or_create(
        question=question,
        kind=kind,
        language=language,
        defaults={
            "file": file,
            "size_bytes": len(found.content),
            "width": found.width,
            "height": found.height,
            "alt": alt if found.is_picture else "",
        },
    )
    return clip


def describe_picture(*, question: Question, language: str, alt: str, by: User) -> None:
    """Other words for people who cannot see the picture."""
    alt = " ".join(alt.split())
    if not alt:
        raise BadClip(_("Say what the picture shows, for people who cannot see it."))
    for clip in Clip.objects.filter(question=question, kind=Clip.Kind.PICTURE, language=language):
        clip.alt = alt
        clip.save(update_fields=["alt"])


def remove_clip(*, question: Question, kind: str, language: str, by: User) -> None:
    """The draft goes without it; versions that have it keep it."""
    for clip in Clip.objects.filter(question=question, kind=kind, language=language):
        clip.delete()


# ---------- files ----------


def path_of(file: str) -> str:
    return f"{FOLDER}/{file[:2]}/{file}"


def store_file(file: str, content: bytes) -> None:
    """Its name is made of its content: what is there already is the same."""
    if not default_storage.exists(path_of(file)):
        default_storage.save(path_of(file), ContentFile(content))


def read_file(file: str) -> bytes | None:
    try:
        with default_storage.open(path_of(file)) as stored:
            return stored.read()
    except FileNotFoundError:
        return None


def media_type(file: str) -> str:
    return MEDIA_TYPES[file.rpartition(".")[2]]


def forget_unused() -> int:
    """Remove files that neither a draft nor a version has. Returns how many."""
    with transaction.atomic():
        used = set(Clip.objects.values_list("file", flat=True))
        for content in Version.objects.values_list("content", flat=True).iterator(chunk_size=20):
            used.update(files_in(content))
    removed = 0
    for path in list(_stored_paths()):
        is_old = default_storage.get_modified_time(path) < timezone.now() - KEPT_UNUSED
        if path.rpartition("/")[2] not in used and is_old:
            default_storage.delete(path)
            removed += 1
    return removed


def files_in(content: dict[str, Any]) -> Iterator[str]:
    for part in content["parts"]:
        for question in part["questions"]:
            for by_language in question.get("clips", {}).values():
                yield from (clip["file"] for clip in by_language.values())


def _stored_paths() -> Iterator[str]:
    if not default_storage.exists(FOLDER):
        return
    folders, _files = default_storage.listdir(FOLDER)
    for folder in folders:
        _folders, files = default_storage.listdir(f"{FOLDER}/{folder}")
        yield from (f"{FOLDER}/{folder}/{name}" for name in files)


# ---------- frozen with the question ----------


def clips_by_question(survey: Survey) -> dict[int, list[Clip]]:
    """Id of a question -> its pictures and recordings."""
    found: dict[int, list[Clip]] = {}
    rows = Clip.objects.filter(question__part__survey=survey)
    for clip in rows.order_by("question_id", "kind", "language"):
        found.setdefault(clip.question_id, []).append(clip)
    return found


def clips_content(clips: Iterable[Clip]) -> dict[str, Any]:
    """{"audio": {language: {"file": ...}}, "picture": {language: {"file", "width", "height", "alt"}}}"""
    content: dict[str, Any] = {}
    for clip in clips:
        facts: dict[str, Any] = {"file": clip.file}
        if clip.kind == Clip.Kind.PICTURE:
            facts |= {"width": clip.width, "height": clip.height, "alt": clip.alt}
        content.setdefault(clip.kind, {})[clip.language] = facts
    return content
