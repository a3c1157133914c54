"""Addresses under which people answer. Those of `unprefixed` stand without a language: on paper and in links."""

from django.urls import path, register_converter

from surveys import api_urls
from surveys.views import announcements, clips, public_results, respond


class Token:
    """What stands in a personal link: letters, digits, hyphens and underscores."""

    regex = "[A-Za-z0-9_-]{1,120}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class ClipFile(Token):
    """Digest of the content and the ending that names its kind."""

    regex = r"[0-9a-f]{32}\.(?:mp3|m4a|ogg|png|jpg|webp)"


register_converter(Token, "token")
register_converter(ClipFile, "clip_file")

PAGES = {"": "start", "answer/": "answer", "easy/": "easy", "stopped/": "stopped"}

urlpatterns = [
    path("measurements/", announcements.under_way, name="survey_announcements"),
    path("measurements/<slug:code>/", announcements.about, name="survey_announcement"),
    path("results/", public_results.listed, name="public_results_list"),
    path("results/<slug:code>/", public_results.results, name="public_results"),
    path("results/<slug:code>/figures.csv", public_results.figures, name="public_results_figures"),
    *(
        path(f"s/<token:address>/{rest}", respond.open_link, {"page": page}, name=f"survey_{page}")
        for rest, page in PAGES.items()
    ),
    *(
        path(f"t/<token:token>/{rest}", respond.personal_link, {"page": page}, name=f"survey_personal_{page}")
        for rest, page in PAGES.items()
    ),
]

unprefixed = [
    *api_urls.urlpatterns,
    path("s/<token:address>", respond.short_link, name="survey_short"),
    path("s/<token:address>/", respond.short_link),
    path("t/<token:token>", respond.short_personal_link, name="survey_short_personal"),
    path("t/<token:token>/", respond.short_personal_link),
    path("survey-style/<slug:digest>.<slug:revision>.css", respond.stylesheet, name="survey_stylesheet"),
    path("clip/<clip_file:file>", clips.clip, name="survey_clip"),
]
