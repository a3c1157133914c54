import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cxportal.settings")

application = get_wsgi_application()

from surveys import begun  # noqa: E402  # models can be imported only now

begun.write_by_itself()
