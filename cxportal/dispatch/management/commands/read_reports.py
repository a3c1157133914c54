from pathlib import Path

from django.core.management import BaseCommand, CommandError

from cxportal.dispatch.reports import take_mail


class Command(BaseCommand):
    help = "Read delivery reports from mail files (.eml) and write down what became of the messages."

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)

    def handle(self, *args, files: list[Path], **options):
        reports = sum(take_mail(_content(path)) for path in files)
        files_read = "1 file" if len(files) == 1 else f"{len(files)} files"
        about = "1 report" if reports == 1 else f"{reports} reports"
        self.stdout.write(f"{files_read} read, {about} about a message sent from here.")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
