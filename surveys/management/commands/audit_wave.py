from django.core.management.base import BaseCommand, CommandError

from surveys.audit import audit_wave
from surveys.models import Wave

LISTED = 50


class Command(BaseCommand):
    help = (
        "Try to work out every hidden figure of a wave from everything that was published of it, by linear programmes."
        " Ends with 0 only if nothing comes out. Changes nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("wave", help="code of the wave")

    def handle(self, *, wave, **options):
        found = Wave.objects.select_related("version").filter(code=wave).first()
        if found is None:
            raise CommandError(f"There is no wave with the code {wave}.")
        report = audit_wave(found, progress=lambda code: self.stderr.write(f"… {code}"))
        if not report.publications:
            self.stdout.write(f"Nothing has been published of {wave}.")
            return
        self.stdout.write(
            f"{report.publications} publications; in the latest {report.shown} cells shown, {report.hidden} hidden."
        )
        for one in report.broken[:LISTED]:
            self.stdout.write(
                f"{one.place[0] or '(all)'} {one.place[1]} {one.question or '(responses)'}:"
                f" between {one.bounds.low:.1f} and {one.bounds.high:.1f}, in truth {one.truth:.0f}"
            )
        if report.broken:
            raise CommandError(f"{len(report.broken)} hidden figures of {report.tried} come out.")
        self.stdout.write(f"None of {report.tried} small groups and answers to questions comes out.")
