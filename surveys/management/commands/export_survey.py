from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from surveys.clips import files_in, read_file
from surveys.interchange import translation_sheet, xlsform_writer
from surveys.models import Survey
from surveys.publishing import content_of

WRITERS = {"xlsform": xlsform_writer.write, "translations": translation_sheet.write}


class Command(BaseCommand):
    help = "Write a survey as XLSForm, with all its languages, or its texts as a spreadsheet for translators."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("survey", help="code of the survey")
        parser.add_argument("--to", choices=list(WRITERS), default="xlsform")
        parser.add_argument("--file", type=Path, help="where to; CODE.xlsx in this folder when not given")
        parser.add_argument("--media", type=Path, help="folder into which its pictures and recordings go")

    def handle(self, *, survey: str, to: str, file: Path | None, media: Path | None, **options) -> None:
        found = Survey.objects.filter(code=survey).first()
        if found is None:
            raise CommandError(f"There is no survey with the code {survey}.")
        path = file or Path(f"{found.code}.xlsx")
        try:
            path.write_bytes(WRITERS[to](found))
            if media:
                media.mkdir(parents=True, exist_ok=True)
                for name in set(files_in(content_of(found))):
                    if content := read_file(name):
                        (media / name).write_bytes(content)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from error
        self.stdout.write(f"{found.code} written to {path}.")
