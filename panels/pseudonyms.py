"""The secret number under which confidential waves join a member's answers.

It is a keyed hash of the membership's random subject, computed when an answer comes (`surveys.ballot_box`). The key
lies with the other keys; when it is destroyed, the numbers stay in the answers and lead to nobody any more.
"""

from datetime import date

from django.db import transaction

from cxportal.keys import store
from cxportal.organisation.audit import note_change
from cxportal.organisation.models import User
from panels.models import Membership, Panel

PURPOSE = "pseudonym"


class NotConfirmed(ValueError):
    """The code of the panel was not typed as it is."""


def key_name_of(panel: Panel) -> str:
    """The name that tickets of confidential waves carry. Makes the key when it is needed for the first time.

    Raises KeyDestroyed for a panel whose key was destroyed: its waves can no longer be joined.
    """
    store.get_or_create(panel.key_name)
    return panel.key_name


def pseudonym_of(membership: Membership) -> str:
    """Raises KeyMissing where there is no key: then nothing leads to this person's answers."""
    return store.keyed_hash(membership.panel.key_name, membership.subject, purpose=PURPOSE)


def destroyed_on(panel: Panel) -> date | None:
    return store.destroyed_on(panel.key_name)


@transaction.atomic
def destroy_key(*, panel: Panel, typed_code: str, by: User, at: date | None = None) -> None:
    """For good. `typed_code` is the code of the panel, typed by the person who decides."""
    if typed_code.strip() != panel.code:
        raise NotConfirmed
    note_change([panel], "key_name")
    store.destroy(panel.key_name, at)
