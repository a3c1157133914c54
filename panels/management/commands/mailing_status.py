"""How a mailing goes."""

import json
from dataclasses import asdict

from django.core.management import BaseCommand, CommandError

from panels.management.commands.draw_sample import write_preview
from panels.models import Mailing
from panels.preview import preview_of
from panels.progress import IN_WORDS, figures_of


class Command(BaseCommand):
    help = "How a mailing goes: the preview while it is being prepared, its figures afterwards."

    def add_arguments(self, parser):
        parser.add_argument("mailing", type=int)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args, mailing, **options):
        found = Mailing.objects.select_related("wave__version", "wave__survey", "sample", "collector__wave")
        row = found.filter(pk=mailing).first()
        if row is None:
            raise CommandError(f"There is no mailing {mailing}.")
        if row.is_draft and not options["json"]:
            self.stdout.write(f"{row.name}: {row.get_state_display()}")
            if row.refusal:
                self.stdout.write(row.refusal)
            write_preview(self.stdout, preview_of(row))
            return
        figures = figures_of(row)
        if options["json"]:
            self.stdout.write(json.dumps({"state": row.state, "refusal": row.refusal} | asdict(figures)))
            return
        self.stdout.write(f"{row.name}: {row.get_state_display()}")
        self.stdout.write(f"Drawn {figures.drawn} of {figures.frame}, invited {figures.invited}")
        for reason, number in sorted(figures.excluded.items()):
            self.stdout.write(f"  - {number} {IN_WORDS[reason]}")
        for line in figures.lines:
            self.stdout.write(
                f"  {line.language} {line.channel}: accepted {line.accepted}, bounced {line.bounced},"
                f" refused {line.refused}, unknown {line.unknown}, cancelled {line.cancelled},"
                f" waiting {line.waiting}"
            )
        for reminder in figures.reminders:
            self.stdout.write(
                f"  reminder {reminder['number']}: reminded {reminder['reminded']},"
                f" had answered {reminder['answered']}, left out {reminder['left_out']}"
            )
        self.stdout.write(f"Begun {figures.begun}, answered {figures.answered}")
