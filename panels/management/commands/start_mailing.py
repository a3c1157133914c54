"""Start a mailing whose preview was seen."""

from django.core.management import BaseCommand, CommandError

from panels import mailing as mailings
from panels import upkeep
from panels.models import Mailing


class Command(BaseCommand):
    help = "Start a mailing. --seen is the line that draw_sample or mailing_status printed: what it says must still hold."

    def add_arguments(self, parser):
        parser.add_argument("mailing", type=int)
        parser.add_argument("--seen", required=True, metavar="HASH")
        parser.add_argument(
            "--queue-now", action="store_true", help="make the messages in this process, without a worker"
        )

    def handle(self, *args, mailing, seen, queue_now, **options):
        found = Mailing.objects.select_related("wave__version", "wave__survey", "sample", "collector")
        row = found.filter(pk=mailing).first()
        if row is None:
            raise CommandError(f"There is no mailing {mailing}.")
        try:
            row = mailings.start(mailing=row, seen=seen, by=None)
        except mailings.CannotStart as error:
            raise CommandError("\n".join(error.faults)) from error
        self.stdout.write("Started.")
        if queue_now:
            upkeep.carry_on(mailing=row)
            row.refresh_from_db()
            if row.refusal:
                raise CommandError(row.refusal)
            self.stdout.write(f"Now {row.get_state_display()}.")
