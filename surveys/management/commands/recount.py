from django.core.management.base import BaseCommand, CommandError

from surveys.models import Wave
from surveys.recount import recount


class Command(BaseCommand):
    help = "Count a wave once more from its rows and compare with the stored tallies. Changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("wave", help="code of the wave")

    def handle(self, *, wave, **options):
        found = Wave.objects.filter(code=wave).first()
        if found is None:
            raise CommandError(f"There is no wave with the code {wave}.")
        differences = recount(found)
        for row in differences[:50]:
            self.stdout.write(
                f"{row.question or '(responses)'} {row.value or '(numbers)'} {row.breakdown or '(all)'} {row.cell}:"
                f" stored {row.stored}, recounted {row.recounted}"
            )
        if differences:
            raise CommandError(f"{len(differences)} tallies differ from the rows.")
        self.stdout.write(f"The tallies of {wave} agree with its rows.")
