import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from surveys.exports import FORMATS
from surveys.models import Wave
from surveys.publication_making import make
from surveys.publications import Results, Seen


class Command(BaseCommand):
    help = (
        "Write the current publication of a wave: every figure with its n and interval, hidden ones with the reason."
        " With --make, the next publication is made first, if there is enough new to show."
    )

    def add_arguments(self, parser):
        parser.add_argument("wave", help="code of the wave")
        parser.add_argument("--format", choices=list(FORMATS), default="json")
        parser.add_argument(
            "--to", type=Path, metavar="FILE", help="where to; without it, to the standard output"
        )
        parser.add_argument("--make", action="store_true", help="make the next publication first")

    def handle(self, *, wave, **options):
        found = Wave.objects.filter(code=wave).first()
        if found is None:
            raise CommandError(f"There is no wave with the code {wave}.")
        if options["make"]:
            make(wave=found)
        current = found.publications.current().select_related("wave").first()
        if current is None:
            raise CommandError(
                f"Nothing has been published of {wave}: a wave with fewer than ten answers is not shown."
            )
        parts = FORMATS[options["format"]](Results(current, Seen.everything()))
        if options["to"]:
            with options["to"].open("wb") as file:
                file.writelines(parts)
            self.stderr.write(f"Publication {current.number} of {wave} written to {options['to']}.")
            return
        out = getattr(self.stdout._out, "buffer", None)
        for part in parts:
            if out is not None:
                out.write(part)
            elif options["format"] == "xlsx":
                raise CommandError("A spreadsheet is no text: name a file with --to.")
            else:
                self.stdout.write(part.decode(), ending="")
        sys.stdout.flush()
