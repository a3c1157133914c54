"""Draw a sample of panels for a wave and show what inviting it would mean. Nothing is sent."""

from django.core.management import BaseCommand, CommandError
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware, make_aware

from panels import mailing as mailings
from panels.audience import strata_of
from panels.models import Mailing, Panel, Sample
from panels.preview import Preview, preview_of
from surveys.models import Wave


class Command(BaseCommand):
    help = "Draw a sample of panels for a wave: makes a mailing in preparation and prints its preview."

    def add_arguments(self, parser):
        parser.add_argument("wave", help="code of the wave")
        parser.add_argument(
            "--panel", action="append", required=True, help="code of a panel; may be repeated"
        )
        parser.add_argument("--method", choices=Sample.Method.values, default=Sample.Method.EVERYBODY)
        parser.add_argument("--size", type=int, help="how many; of each group with --method fixed")
        parser.add_argument("--groups-by", default="", help="unit, language or attribute:CODE")
        parser.add_argument("--seed", default="", help="the same seed draws the same people")
        parser.add_argument("--channel", choices=Mailing.By.values, default=Mailing.By.EITHER)
        parser.add_argument("--remind-after", type=int, action="append", default=[], metavar="DAYS")
        parser.add_argument("--starts-at", default="", metavar="TIME", help="2026-11-23T08:00")
        parser.add_argument("--name", default="")

    def handle(self, *args, wave, panel, **options):
        panels = list(Panel.objects.filter(code__in=panel))
        if unknown := sorted(set(panel) - {row.code for row in panels}):
            raise CommandError(f"There is no panel {', '.join(unknown)}.")
        found = Wave.objects.select_related("version", "survey").filter(code=wave).first()
        if found is None:
            raise CommandError(f"There is no wave {wave}.")
        mailing = mailings.prepare(
            wave=found,
            panels=panels,
            by=None,
            name=options["name"],
            sample=self._sample(options),
            channel=options["channel"],
            reminder_days=sorted(options["remind_after"]),
            starts_at=_moment(options["starts_at"]),
        )
        if mailing.sample.strata and mailing.sample.strata not in strata_of(mailing):
            mailing.delete()
            raise CommandError(f"No group can be formed by {options['groups_by']}.")
        self.stdout.write(f"Mailing {mailing.pk}, seed {mailing.sample.seed}")
        write_preview(self.stdout, preview_of(mailing))

    def _sample(self, options) -> dict:
        method, size, groups = options["method"], options["size"], options["groups_by"]
        if method != Sample.Method.EVERYBODY and not size:
            raise CommandError("Say how many are to be drawn: --size.")
        if method in (Sample.Method.PROPORTIONAL, Sample.Method.FIXED) and not groups:
            raise CommandError("Say by what the groups are formed: --groups-by.")
        seed = {"seed": options["seed"]} if options["seed"] else {}
        return {"method": method, "size": size, "strata": groups} | seed


def _moment(text: str):
    try:
        moment = parse_datetime(text) if text else None
    except ValueError:
        moment = None
    if text and moment is None:
        raise CommandError("--starts-at is written like 2026-11-23T08:00.")
    return moment if moment is None or is_aware(moment) else make_aware(moment)


def write_preview(out, preview: Preview) -> None:
    audience = preview.audience
    out.write(f"In the panels {audience.drawn.frame}, drawn {len(audience.drawn.people)}")
    for group, (there, drawn) in audience.drawn.groups.items():
        if preview.mailing.sample.strata:
            out.write(f"  {group or '-'}: {drawn} of {there}")
    for row in preview.reasons:
        out.write(f"  - {row.number} {row.label}")
    out.write(f"Will be invited: {preview.invited}")
    for line in preview.languages:
        missing = "" if line.has_words else "  NO MESSAGE IN THIS LANGUAGE"
        out.write(
            f"  {line.language.code}: e-mail {line.email}, SMS {line.sms}, fall back {line.falls_back}{missing}"
        )
    out.write(f"Profiles: {preview.profile_count}, the smallest of {audience.coarsened.smallest}")
    for step, number in preview.lost:
        out.write(f"  {step}: not kept of {number}")
    if audience.asked_again:
        out.write(f"Unique by what the questionnaire asks again: {audience.unique}")
    out.write(f"Seen: {preview.seen_hash}")
