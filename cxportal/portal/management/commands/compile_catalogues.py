from django.core.management.base import BaseCommand, CommandError

from cxportal.portal.catalogues import BrokenCatalogue, compile_catalogues


class Command(BaseCommand):
    help = "Compile the catalogues of the interface (no msgfmt needed)."
    requires_system_checks = []

    def handle(self, **options):
        try:
            self.stdout.write(f"{compile_catalogues()} catalogues compiled")
        except BrokenCatalogue as error:
            raise CommandError(str(error)) from error
