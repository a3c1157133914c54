"""The addresses of the portal and some that break."""

from django.conf.urls.i18n import i18n_patterns
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DatabaseError
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from cxportal.public import TooManyRequests, public_page
from cxportal.urls import handler400, handler403, handler404, handler500
from cxportal.urls import urlpatterns as real

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


def breaks(request):
    raise DatabaseError("insert into answer values ('my name is Aino')")


def is_suspicious(request):
    raise SuspiciousOperation("the secret rule")


def is_denied(request):
    raise PermissionDenied("only for unit B")


def takes_a_form(request):
    return None


@csrf_exempt
@public_page
def is_too_much(request):
    raise TooManyRequests(keep=request.POST)


urlpatterns = [
    *i18n_patterns(
        path("breaks/", breaks),
        path("suspicious/", is_suspicious),
        path("denied/", is_denied),
        path("form/", takes_a_form),
        path("too-much/", is_too_much),
    ),
    path("breaks/", breaks),
    *real,
]
