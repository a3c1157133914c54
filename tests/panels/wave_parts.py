"""What a run of a whole wave starts as processes of their own: `python -m tests.panels.wave_parts PART ...`."""

import random
import sys
from datetime import timedelta
from pathlib import Path

import django
from django.utils import timezone

django.setup()

from panels import mailing as mailings  # noqa: E402
from panels import progress  # noqa: E402
from panels.models import Invitation, Mailing, Reminder  # noqa: E402
from panels.preview import preview_of  # noqa: E402
from surveys import ballot_box  # noqa: E402
from surveys.models import Count, Wave  # noqa: E402
from tests.panels.mailings import any_hour, fill, new_mailing, new_panel, open_wave  # noqa: E402
from tests.surveys.filled import content  # noqa: E402

CHUNK = 2000


def launch(size: str) -> None:
    """A panel of `size`, a twentieth of which has said no; everybody else is invited, and reminded once."""
    any_hour()
    panel = new_panel()
    for first in range(0, int(size), CHUNK):
        fill(
            panel,
            min(CHUNK, int(size) - first),
            first=first,
            language=lambda n: ["en", "fi", "so"][n % 3],
            opted_out_at=lambda n: timezone.now() if n % 20 == 0 else None,
        )
    wave = open_wave()
    Wave.objects.filter(pk=wave.pk).update(opens_at=timezone.now() - timedelta(days=1))
    mailing = new_mailing(wave, panel, reminder_days=[7])
    mailings.start(mailing=mailing, seen=preview_of(mailing).seen_hash, by=None)


def answer(share: str, answered: str) -> None:
    """A share of those who got their link answer with it; writes down who. Then the reminders are due."""
    rng = random.Random(5)
    rows = Invitation.objects.filter(state="queued").select_related("ticket", "wave", "member", "mailing")
    with Path(answered).open("w") as lines:
        for row in rows.iterator(chunk_size=CHUNK):
            if rng.random() > float(share):
                continue
            outcome = ballot_box.put_in(
                collector=row.mailing.collector,
                version=row.wave.version,
                content=content(rng),
                form_number=rng.randbytes(16),
                token=mailings.token_of(row),
            )
            if outcome.result == "accepted":
                lines.write(f"{row.member.email}\n")
    Reminder.objects.update(due_at=timezone.now())


def compare(found: str) -> None:
    """Every number of the progress page against a recount by hand; writes what differs."""
    mailing = Mailing.objects.get()
    figures = progress.figures_of(mailing)
    differences = [*_lines_that_differ(mailing, figures), *_sums_that_differ(mailing, figures)]
    progress.write_counts(collector=mailing.collector)
    counts = dict(_sums(Count.objects.filter(collector=mailing.collector)))
    expected = {
        "sampled": figures.invited + sum(figures.excluded.values()),
        "excluded": sum(figures.excluded.values()) + figures.withdrawn,
        "accepted": figures.total("accepted"),
        "refused": figures.total("refused"),
        "bounced": figures.total("bounced"),
    }
    differences += [
        f"count {kind}: {counts.get(kind, 0)} is not {number}"
        for kind, number in expected.items()
        if counts.get(kind, 0) != number
    ]
    Path(found).write_text("\n".join(differences))


def _sums(rows):
    sums: dict[str, int] = {}
    for row in rows:
        sums[row.kind] = sums.get(row.kind, 0) + row.n
    return sums.items()


def _lines_that_differ(mailing, figures):
    from cxportal.dispatch.models import Message  # noqa: PLC0415  after Django is set up

    words = {"delivered": "accepted", "expired": "refused", "queued": "waiting", "claimed": "waiting"}
    counted: dict[tuple[str, str, str], int] = {}
    for language, channel, state in Message.objects.filter(
        batch=mailing.batch, purpose="invitation"
    ).values_list("language", "channel", "state"):
        key = (language, channel, words.get(state, state))
        counted[key] = counted.get(key, 0) + 1
    names = ("accepted", "bounced", "refused", "unknown", "cancelled", "waiting")
    shown = {
        (line.language, line.channel, name): getattr(line, name)
        for line in figures.lines
        for name in names
        if getattr(line, name)
    }
    return [
        f"{key}: shown {shown.get(key)}, counted {counted.get(key)}" for key in shown.keys() ^ counted.keys()
    ] + [
        f"{key}: shown {shown[key]}, counted {counted[key]}"
        for key in shown.keys() & counted.keys()
        if shown[key] != counted[key]
    ]


def _sums_that_differ(mailing, figures):
    invitations = list(Invitation.objects.filter(mailing=mailing).values_list("state", flat=True))
    truths = {
        "invited": (figures.invited, len(invitations)),
        "withdrawn": (figures.withdrawn, invitations.count("withdrawn")),
        "waiting": (figures.waiting, invitations.count("waiting")),
        "drawn": (figures.drawn, len(invitations) + mailing.exclusions.count()),
        "messages": (figures.total("queued"), invitations.count("queued")),
        "reminded": (
            sum(row["reminded"] for row in figures.reminders),
            sum(figures.reminder_messages.values()),
        ),
    }
    return [f"{name}: shown {shown}, counted {n}" for name, (shown, n) in truths.items() if shown != n]


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
