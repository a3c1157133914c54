"""For `manage.py lintmigrations` alone: the linter is a command of an app that the product does not carry."""

from tests.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]  # noqa: F405
