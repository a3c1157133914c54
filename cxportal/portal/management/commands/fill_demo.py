import ctypes
import signal
import sys

from django.core.management.base import BaseCommand, CommandError

from cxportal.portal.demo.filling import Progress, fill
from cxportal.portal.demo_staff import NotInProduction, create_demo_staff


class Command(BaseCommand):
    help = "Fill the portal with two years of a small agency; goes on where an earlier filling was cut off."

    def add_arguments(self, parser):
        parser.add_argument(
            "--size", type=float, default=1.0, help="1 is the whole demo, 0.1 a tenth of its people"
        )
        parser.add_argument(
            "--beside-a-server",
            action="store_true",
            help="end with the server that began this",
        )

    def handle(self, *, size, beside_a_server, **options):
        if beside_a_server:
            end_with_the_parent()
        self.is_stopped = False
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, self.stop)
        try:
            create_demo_staff()
            fill(say=self.say, size=size, stop_when=lambda: self.is_stopped)
        except NotInProduction:
            raise CommandError("The demo is not made in production.") from None

    def stop(self, *_signal) -> None:
        """After the step under way: the next start goes on with the one after it."""
        self.is_stopped = True

    def say(self, progress: Progress) -> None:
        now = progress.now or "the demo is complete"
        self.stdout.write(f"  Demo: {progress.done} of {progress.all}, {now}")
        self.stdout.flush()


def end_with_the_parent() -> None:
    """Nothing keeps running behind the user's back (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1 = PR_SET_PDEATHSIG
