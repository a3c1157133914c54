from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from cxportal.languages import LANGUAGES
from surveys import publishing, waves
from surveys.admin.addresses import address_of
from surveys.editing import free_code
from surveys.interchange.formats import read_form
from surveys.interchange.forms import Refused, Report, Verdict, What
from surveys.interchange.language_names import LEFT_OUT, WITHOUT_NAME
from surveys.interchange.media_files import form_apart, gathered
from surveys.interchange.taking_in import take_in
from surveys.models import Collector, Survey, Wave
from surveys.publishing import CannotPublish
from surveys.waves import CannotOpen

SIGNS = {Verdict.CHANGED: "~", Verdict.DROPPED: "-"}


def language(text: str) -> tuple[str, str]:
    label, equals, code = text.rpartition("=")
    if not equals or not label.strip():
        raise ArgumentTypeError(f'{text!r} is not of the form "English (EN)=en"')
    if code not in LANGUAGES and code != LEFT_OUT:
        raise ArgumentTypeError(f"{code!r} is no language here; there are {', '.join(LANGUAGES)}")
    return label, code


def _files_in(path: Path) -> list[Path]:
    return sorted(path.iterdir()) if path.is_dir() else [path]


class Command(BaseCommand):
    help = (
        "Import a survey from an XLSForm (.xlsx, .xls) or a LimeSurvey survey (.lss), alone or in a ZIP archive with its"
        " pictures and recordings. Prints what was taken, changed"
        " and dropped, with sheet and row or element. Either everything is imported or nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--check", action="store_true", help="say what would happen and change nothing")
        parser.add_argument(
            "--code", default="", help="code of the new survey; made of the form's when not given"
        )
        parser.add_argument(
            "--language",
            type=language,
            action="append",
            default=[],
            metavar="NAME=CODE",
            help=f'which language a name of the file means: "English (EN)=en"; "{WITHOUT_NAME}=fr" for texts that name'
            f' none; "Klingon={LEFT_OUT}" leaves one out',
        )
        parser.add_argument("--publish", action="store_true", help="publish it as version 1")
        parser.add_argument(
            "--open-wave", action="store_true", help="publish it, open a wave and print its public address"
        )
        parser.add_argument(
            "--media", type=Path, help="folder or ZIP archive with the pictures and recordings the form names"
        )

    def handle(self, *, file: Path, check: bool, code: str, media: Path | None, **options) -> None:
        try:
            content = file.read_bytes()
            beside = [one for one in _files_in(media) if not one.is_dir()] if media else []
            files = gathered((one.name, one.read_bytes()) for one in beside)
        except Refused as error:
            raise CommandError(f"{media}: {' '.join(error.faults)}") from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from error
        try:
            name, content, packed = form_apart(file.name, content)
            form, report = read_form(name, content, dict(options["language"]))
            with transaction.atomic():
                survey = take_in(form, report, by=None, code=code, media=packed | files)
                address = self._go_on(survey, **options)
                if check:
                    transaction.set_rollback(True)
        except (Refused, CannotPublish, CannotOpen) as error:
            for fault in error.faults:
                self.stderr.write(f"{file}: {fault}")
            raise CommandError(f"{file}: nothing was imported.") from error
        self._print(report)
        counts = report.counts()
        words = (
            f"{counts['questions']} questions: {counts['taken']} taken, {counts['changed']} changed,"
            f" {counts['dropped']} dropped; beside them {counts['rest_changed']} changed, {counts['rest_dropped']} dropped"
        )
        self.stdout.write(f"{words}; nothing was written, this was a check." if check else f"{words}.")
        if not check:
            self.stdout.write(f"The survey has the code {survey.code}.")
        if address and not check:
            self.stdout.write(f"The wave is open: {address}")

    def _go_on(self, survey: Survey, *, publish: bool, open_wave: bool, **options) -> str:
        """Publishes, and opens a wave, as far as asked. The address under which people answer."""
        if publish or open_wave:
            publishing.publish(survey=survey, by=None)
        if not open_wave:
            return ""
        code = free_code(survey.code, set(Wave.objects.values_list("code", flat=True)))
        wave = Wave.objects.create(survey=survey, code=code, name=str(survey))
        way = Collector.objects.create(wave=wave, name="Link", kind=Collector.Kind.LINK)
        waves.open_wave(wave=wave, by=None)
        return address_of(way)

    def _print(self, report: Report) -> None:
        for found in report.languages:
            label = f"“{found.label}”" if found.label else "texts that name no language"
            outcome = (
                LANGUAGES[found.code].name if found.code else "not one of ours, its texts are listed below"
            )
            hint = "" if found.is_sure else f'   (say --language "{found.label or WITHOUT_NAME}=CODE" if not)'
            self.stdout.write(f"{label}: {outcome}{hint}")
        for entry in report.entries:
            if sign := SIGNS.get(entry.verdict):
                what = "question " if entry.what == What.QUESTION else ""
                original = f"   [{' '.join(entry.original.split())}]" if entry.original else ""
                self.stdout.write(f"{sign} {entry.place}, {what}{entry.name}: {entry.note}{original}")
        for label, texts in report.kept_texts.items():
            for place, text in texts:
                self.stdout.write(f"“{label}”, {place}: {text}")
        for code, questions in report.missing.items():
            self.stdout.write(f"{LANGUAGES[code].name}: texts are missing in {', '.join(questions)}")
