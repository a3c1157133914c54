"""Every address: the language stands in it, no cookie remembers it."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.permissions import AllowAny

from cxportal.dispatch.urls import machine_urlpatterns
from cxportal.portal.views import public
from feedback import urls as feedback_urls
from surveys import urls as survey_urls

handler400 = "cxportal.portal.errors.bad_request"
handler403 = "cxportal.portal.errors.not_allowed"
handler429 = "cxportal.portal.errors.too_many"
handler404 = "cxportal.portal.errors.not_found"
handler500 = "cxportal.portal.errors.broken"

urlpatterns = [
    path("", public.front_door, name="front_door"),
    path("robots.txt", public.robots),
    path("dispatch/", include(machine_urlpatterns)),
    path("panels/", include("panels.api_urls")),
    path("", include(survey_urls.unprefixed)),
    path("", include("actions.api_urls")),
    # the schema of what can be read is published, the figures need a key
    path(
        "api/schema/",
        SpectacularJSONAPIView.as_view(
            urlconf=["surveys.api_urls", "actions.api_urls"],
            authentication_classes=[],
            permission_classes=[AllowAny],
        ),
        name="api_schema",
    ),
    path("", include(feedback_urls.unprefixed)),
    *i18n_patterns(
        path("account/", include("cxportal.portal.account_urls")),
        path("admin/surveys/", include("surveys.paper_urls")),
        path("admin/feedback/", include("feedback.queue_urls")),
        path("admin/feedback/", include("feedback.desk_urls")),
        path("admin/surveys/results/", include("surveys.results_urls")),
        path("admin/actions/", include("actions.staff_urls")),
        path("admin/blueprints/", include("cxportal.portal.blueprint_urls")),
        path("admin/", admin.site.urls),
        path("", include(survey_urls)),
        path("", include("panels.urls")),
        path("", include("cxportal.dispatch.urls")),
        path("", include(feedback_urls)),
        path("did/", include("actions.public_urls")),
        path("", include("cxportal.portal.public_urls")),
    ),
]
