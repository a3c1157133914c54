"""Addresses for machines: without a language."""

from django.urls import path, re_path

from surveys import api

waves = "api/waves/<slug:code>/"
urlpatterns = [
    path("api/waves/", api.WavesView.as_view(), name="api_waves"),
    path(waves, api.WaveView.as_view(), name="api_wave"),
    path(f"{waves}publications/", api.PublicationsView.as_view(), name="api_publications"),
    re_path(
        rf"^api/waves/(?P<code>[-\w]+)/publications/(?P<number>[0-9]{{1,9}}|{api.LATEST})/$",
        api.PublicationView.as_view(),
        name="api_publication",
    ),
    path("api/indicators/", api.IndicatorsView.as_view(), name="api_indicators"),
    path(
        "api/indicators/<slug:survey>/<slug:code>/",
        api.IndicatorValuesView.as_view(),
        name="api_indicator_values",
    ),
]
