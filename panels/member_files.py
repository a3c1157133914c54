"""A file of members on its way into a panel: brought, looked through, confirmed, taken.

The file lies sealed in the database, because the worker that takes it may run on another machine; its key is
destroyed when it was taken. A worker that dies leaves the file in its state: it is taken up again after a while, and
going over the same rows a second time changes nothing.
"""

import json
import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cxportal.keys import store
from cxportal.languages import SOURCE
from cxportal.organisation.audit import acting, note_import
from cxportal.organisation.importing import FileRefused, Outcome, Refusal
from cxportal.organisation.models import User
from panels.member_import import import_members
from panels.models import MemberImport, Panel
from panels.purge import wipe_import

logger = logging.getLogger(__name__)

State = MemberImport.State
MOST_BYTES = 50 * 1024 * 1024
FEW_ROWS = 1000
"""Up to here the page waits; more is done in the background."""
GIVEN_UP_AFTER = timedelta(minutes=15)
KEPT_REFUSALS = 20_000
ENDINGS = (".csv", ".txt", ".tsv", ".xlsx")


def bring(
    *,
    panel: Panel,
    content: bytes,
    file_name: str,
    by: User,
    encoding: str = "",
    delimiter: str = "",
    language: str = "",
    consent_on: date | None = None,
) -> MemberImport:
    """Keep the file. Nothing of it is in the register yet."""
    ending = Path(file_name).suffix.lower()
    member_import = MemberImport(
        panel=panel,
        made_by=by,
        options={
            "ending": ending if ending in ENDINGS else ".csv",
            "encoding": encoding,
            "delimiter": delimiter,
            "language": language,
            "consent_on": consent_on.isoformat() if consent_on else "",
            "words": get_language() or SOURCE,
        },
        row_count=content.count(b"\n"),
    )
    store.create(member_import.key_name)
    member_import.sealed_file = store.encrypt(member_import.key_name, content, "file")
    member_import.save()
    return member_import


def is_small(member_import: MemberImport) -> bool:
    return member_import.row_count <= FEW_ROWS and member_import.options["ending"] != ".xlsx"


def look_through(member_import: MemberImport) -> None:
    """What would happen, and every row that would be refused."""
    if not _enter(member_import, State.CHECKING, from_states=(State.WAITING, State.CHECKING)):
        return
    with _reading(member_import, State.CHECKED) as run:
        outcome = run(check=True)
        _write_outcome(member_import, outcome)


def confirm(*, member_import: MemberImport, by: User) -> bool:
    """Somebody has seen what would happen and wants it. True for the one who said so first."""
    return _enter(member_import, State.CONFIRMED, from_states=(State.CHECKED,))


def take(member_import: MemberImport) -> None:
    """Write what was confirmed; refused rows stay out. Afterwards nobody can read the file any more."""
    if not _enter(member_import, State.WRITING, from_states=(State.CONFIRMED, State.WRITING)):
        return
    with _reading(member_import, State.DONE) as run:
        _write_outcome(member_import, run(skip_refused=True))
    member_import.refresh_from_db()
    if member_import.state == State.DONE:
        with acting(member_import.made_by):
            note_import(
                member_import.panel,
                new=member_import.new_count,
                changed=member_import.changed_count,
                unchanged=member_import.unchanged_count,
                refused=member_import.refused_count,
            )
        wipe_import(member_import)
        logger.info(
            "Import %s: %d new, %d refused.",
            member_import.pk,
            member_import.new_count,
            member_import.refused_count,
        )


def give_up(*, member_import: MemberImport, by: User) -> None:
    """The file is not wanted after all."""
    changed = _enter(member_import, State.FAILED, from_states=(State.WAITING, State.CHECKED))
    if changed:
        wipe_import(member_import)


def take_up_abandoned() -> None:
    """Files whose worker died, or whose wake-up was lost."""
    since = timezone.now() - GIVEN_UP_AFTER
    for member_import in MemberImport.objects.filter(
        touched_at__lt=since, state__in=[State.WAITING, State.CHECKING]
    ):
        look_through(member_import)
    for member_import in MemberImport.objects.filter(
        touched_at__lt=since, state__in=[State.CONFIRMED, State.WRITING]
    ):
        take(member_import)


def refusals_of(member_import: MemberImport) -> list[Refusal]:
    """Each refused row with its reason; none when the file is gone."""
    if not member_import.sealed_refusals:
        return []
    try:
        content = store.decrypt(member_import.key_name, bytes(member_import.sealed_refusals), "refusals")
    except (store.KeyMissing, store.CannotDecrypt):
        return []
    return [Refusal(*row) for row in json.loads(content)]


def _enter(member_import: MemberImport, state: str, *, from_states: tuple[str, ...]) -> bool:
    """One step of the way, for exactly one caller; a step that was begun can be begun again when it is abandoned."""
    again = state in from_states
    rows = MemberImport.objects.filter(
        pk=member_import.pk, state__in=[one for one in from_states if one != state]
    )
    changed = bool(rows.update(state=state, touched_at=timezone.now()))
    if not changed and again:
        abandoned = MemberImport.objects.filter(
            pk=member_import.pk, state=state, touched_at__lt=timezone.now() - GIVEN_UP_AFTER
        )
        changed = bool(abandoned.update(touched_at=timezone.now()))
    member_import.refresh_from_db()
    return changed


@contextmanager
def _reading(member_import: MemberImport, after: str) -> Iterator[Callable[..., Outcome]]:
    """The opened file as something to run; a file that cannot be read ends the import with its reason."""
    options = member_import.options
    with (
        tempfile.NamedTemporaryFile(suffix=options["ending"]) as copy,
        translation.override(options["words"]),
    ):
        try:
            copy.write(store.decrypt(member_import.key_name, bytes(member_import.sealed_file), "file"))
            copy.flush()
            yield lambda **more: _run(member_import, Path(copy.name), options, **more)
        except FileRefused as refusal:
            _fail(member_import, str(refusal).replace(copy.name, _("the file")))
        except (store.KeyMissing, store.CannotDecrypt):
            _fail(member_import, _("The file is no longer there. Bring it again."))
        else:
            _finish(member_import, after)


def _run(member_import: MemberImport, file: Path, options: dict[str, Any], **more: Any) -> Outcome:
    day = options["consent_on"]
    _table, outcome = import_members(
        member_import.panel,
        file,
        encoding=options["encoding"],
        delimiter=options["delimiter"],
        language=options["language"],
        consent_on=date.fromisoformat(day) if day else None,
        progress=lambda done, rows: _note_progress(member_import, done, rows),
        **more,
    )
    return outcome


def _note_progress(member_import: MemberImport, done: int, rows: int) -> None:
    MemberImport.objects.filter(pk=member_import.pk).update(
        done_count=done, row_count=rows, touched_at=timezone.now()
    )


def _write_outcome(member_import: MemberImport, outcome: Outcome) -> None:
    kept = json.dumps([list(refusal) for refusal in outcome.refused[:KEPT_REFUSALS]])
    MemberImport.objects.filter(pk=member_import.pk).update(
        new_count=outcome.new,
        changed_count=outcome.changed,
        unchanged_count=outcome.unchanged,
        refused_count=len(outcome.refused),
        sealed_refusals=store.encrypt(member_import.key_name, kept.encode(), "refusals"),
    )


def _finish(member_import: MemberImport, state: str) -> None:
    now: datetime = timezone.now()
    MemberImport.objects.filter(pk=member_import.pk).update(
        state=state, touched_at=now, finished_at=now if state == State.DONE else None
    )


@transaction.atomic
def _fail(member_import: MemberImport, reason: str) -> None:
    MemberImport.objects.filter(pk=member_import.pk).update(
        state=State.FAILED, failure=reason[:300], finished_at=timezone.now()
    )
    wipe_import(member_import)
