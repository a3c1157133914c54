from django.core.management.base import BaseCommand, CommandError

from cxportal.portal.demo_staff import NotInProduction, create_demo_staff, demo_password


class Command(BaseCommand):
    help = "A small agency to try the portal with: units, services, topics and five people who can log in."

    def handle(self, *args, **options) -> None:
        try:
            people = create_demo_staff()
        except NotInProduction:
            raise CommandError("Demo log-ins are not made in production.") from None
        self.stdout.write(f"Demo log-ins, all with the password {demo_password()}")
        for person in people:
            self.stdout.write(f"  {person.username:<9}{person.role.label}")
