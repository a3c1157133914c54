from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cxportal.portal import blueprints
from cxportal.portal.blueprints.words import text_in, words_of


class Command(BaseCommand):
    help = "List the ready-made surveys, or install one: published, with its figures, a wave in draft and mailings."

    def add_arguments(self, parser: CommandParser) -> None:
        orders = parser.add_subparsers(dest="order", required=True)
        orders.add_parser("list", help="codes, titles and languages")
        install = orders.add_parser("install", help="install one by its code")
        install.add_argument("code", help="such as C1")

    def handle(self, *, order: str, **options: Any) -> None:
        if order == "install":
            return self._install(options["code"])
        for one in blueprints.BLUEPRINTS.values():
            languages = ", ".join(words_of(one.code))
            self.stdout.write(f"{one.code:4} {one.survey:24} {text_in(one.code, 'title')} ({languages})")
        return None

    def _install(self, code: str) -> None:
        try:
            survey = blueprints.install(code, by=None)
        except blueprints.Unknown:
            raise CommandError(
                f"There is no blueprint {code}. `manage.py blueprint list` shows them."
            ) from None
        except blueprints.CannotInstall as why:
            raise CommandError(str(why)) from None
        wave = survey.waves.get()
        self.stdout.write(
            f"{survey.code}: “{survey}” is published. Its first wave {wave.code} is in draft, with"
            f" {wave.collectors.count()} ways in. Read its texts, then open the wave."
        )
