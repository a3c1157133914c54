"""How other systems read waves, indicators and publications: read only, the same figures as every page.

GET /api/...   Authorization: Bearer KEY
Described for machines at /api/schema/.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from django.db.models import Prefetch
from django.http import Http404, StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, extend_schema
from modeltranslation.utils import build_localized_fieldname
from rest_framework import authentication, exceptions, generics, pagination, permissions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from cxportal.keys.api_keys import hash_of
from cxportal.languages import LANGUAGES
from cxportal.organisation.models import User
from cxportal.organisation.models.scope import Scope
from surveys import abuse, exports, publications
from surveys.abuse import FormLimits
from surveys.models import ApiClient, Indicator, Publication, Survey, Wave
from surveys.publications import Results, TrendPoint, Value
from surveys.suppression import EVERYBODY, Place

OFTEN = FormLimits(600, 6000, known_a_minute=6000, all_a_minute=6000)
LATEST = "latest"


# ---------- who asks ----------


class Reader:
    """The system behind a key: it reads what a viewer of its unit may read, and is never a person."""

    is_authenticated = True
    is_active = True

    def __init__(self, client: ApiClient) -> None:
        self.pk = client.pk
        self.scope = Scope.of_reader(client.unit)
        self.reads_actions = client.reads_actions


class KeyAuthentication(authentication.BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Reader, None] | None:
        word, _blank, key = request.headers.get("Authorization", "").partition(" ")
        if word.lower() != "bearer" or not key:
            return None
        clients = ApiClient.objects.select_related("unit")
        found = clients.filter(key_hash=hash_of(key.strip()), is_active=True).first()
        if found is None:
            raise exceptions.AuthenticationFailed("The key is not known or no longer in use.")
        today = timezone.localdate()
        if found.last_used_on != today:
            ApiClient.objects.filter(pk=found.pk).update(last_used_on=today)
        return Reader(found), None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class KeyScheme(OpenApiAuthenticationExtension):
    """How the schema calls it."""

    target_class = "surveys.api.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class Often(BaseThrottle):
    def allow_request(self, request: Request, view: APIView) -> bool:
        return not request.user or abuse.may_send_form("api", f"reader {request.user.pk}", OFTEN)

    def wait(self) -> float:
        return 60


class Pages(pagination.LimitOffsetPagination):
    default_limit = 50
    max_limit = 200


class ForReaders:
    authentication_classes = [KeyAuthentication]
    permission_classes = [permissions.IsAuthenticated]
    throttle_classes = [Often]
    pagination_class = Pages


def reader_of(view: Any) -> User:
    """Whoever asks for rows for a person asks for the scope only, and that a reader has."""
    return cast(User, view.request.user)


# ---------- what is answered ----------


class WaveSerializer(serializers.ModelSerializer):
    survey = serializers.CharField(source="survey.code")
    title = serializers.SerializerMethodField(help_text="language -> title of the questionnaire")
    unit = serializers.CharField(source="unit.code", default=None, allow_null=True)
    publication = serializers.SerializerMethodField(help_text="number of the current one; null: none yet")

    class Meta:
        model = Wave
        fields = [
            *("code", "name", "survey", "title", "unit", "state", "privacy", "opens_at", "closes_at"),
            *("languages", "breakdowns", "pairs", "threshold", "publication"),
        ]

    def get_title(self, wave: Wave) -> dict[str, str]:
        return wave.version.content["title"] if wave.version else {}

    def get_publication(self, wave: Wave) -> int | None:
        current: list[Publication] = wave.current_publications  # type: ignore[attr-defined]
        return current[0].number if current else None


class PublicationSerializer(serializers.ModelSerializer):
    wave = serializers.CharField(source="wave.code")
    is_current = serializers.SerializerMethodField()

    class Meta:
        model = Publication
        fields = ["wave", "number", "as_of", "n", "is_final", "is_current", "is_public"]

    def get_is_current(self, publication: Publication) -> bool:
        return not hasattr(publication, "superseded_by")


class IndicatorSerializer(serializers.ModelSerializer):
    survey = serializers.CharField(source="survey.code")
    name = serializers.SerializerMethodField(help_text="language -> name")

    class Meta:
        model = Indicator
        fields = ["survey", "code", "name", "formula", "questions", "target", "high_is_good"]

    def get_name(self, indicator: Indicator) -> dict[str, str]:
        names = {
            code: getattr(indicator, build_localized_fieldname("name", code), None) for code in LANGUAGES
        }
        return {code: name for code, name in names.items() if name}


class EstimateSerializer(serializers.Serializer):
    value = serializers.FloatField()
    low = serializers.FloatField(allow_null=True, help_text="95 % interval; null: nothing can be said")
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()


class IndicatorValueSerializer(serializers.Serializer):
    wave = serializers.CharField()
    publication = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    n = serializers.IntegerField(allow_null=True, help_text="null: hidden, see reason")
    estimate = EstimateSerializer(allow_null=True)
    weighted = EstimateSerializer(allow_null=True, help_text="of everybody, where a weighting run is in use")
    reason = serializers.CharField(allow_blank=True, help_text="small_group or nobody")
    target = serializers.FloatField(allow_null=True)
    is_beyond_doubt = serializers.BooleanField(allow_null=True, help_text="target reached or missed surely")


class PublicationContentSerializer(serializers.Serializer):
    """Format 1 of docs/results.md: hidden figures are null and say why."""

    format = serializers.IntegerField()
    wave = serializers.CharField()
    threshold = serializers.IntegerField()
    publication = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    is_final = serializers.BooleanField()
    questions = serializers.ListField(child=serializers.DictField())
    indicators = serializers.ListField(child=serializers.DictField())
    weighted = serializers.DictField(
        allow_null=True, help_text="run, by, source, effective_n, indicators: code -> estimate; or a reason"
    )
    paired = serializers.DictField(
        allow_null=True,
        help_text="the wave before, indicators: code -> people, difference [value, low, high, p]",
    )
    everybody = serializers.DictField()
    breakdowns = serializers.DictField(help_text="breakdown -> cell -> figures")


# ---------- addresses ----------


def waves_for(view: Any):
    current = Publication.objects.current().only("wave", "number")
    return (
        Wave.objects.for_user(reader_of(view))
        .exclude(state=Wave.State.DRAFT)
        .select_related("survey", "unit", "version")
        .prefetch_related(Prefetch("publications", current, to_attr="current_publications"))
        .order_by("-opens_at", "code")
    )


class WavesView(ForReaders, generics.ListAPIView):
    """Waves that have begun, the latest first."""

    serializer_class = WaveSerializer
    queryset = Wave.objects.none()

    def get_queryset(self):
        return waves_for(self)


class WaveView(ForReaders, generics.RetrieveAPIView):
    """One wave."""

    serializer_class = WaveSerializer
    queryset = Wave.objects.none()
    lookup_field = "code"

    def get_queryset(self):
        return waves_for(self)


class PublicationsView(ForReaders, generics.ListAPIView):
    """The publications of a wave, the latest first."""

    serializer_class = PublicationSerializer
    queryset = Publication.objects.none()

    def get_queryset(self):
        rows = Publication.objects.for_user(reader_of(self)).filter(wave__code=self.kwargs["code"])
        if not rows.exists() and not waves_for(self).filter(code=self.kwargs["code"]).exists():
            raise Http404
        return (
            rows.select_related("wave", "superseded_by")
            .defer("content", "comments", "counted")
            .order_by("-number")
        )


class PublicationView(ForReaders, APIView):
    """All figures of one publication, narrowed to what the key may read."""

    @extend_schema(
        responses=PublicationContentSerializer,
        parameters=[OpenApiParameter("number", str, "path", description=f"its number, or “{LATEST}”")],
    )
    def get(self, request: Request, code: str, number: str) -> StreamingHttpResponse:
        results = self._results(code, number)
        return StreamingHttpResponse(
            exports.json_of_figures(results),
            content_type="application/json",
            headers={"Cache-Control": "no-store, private"},
        )

    def _results(self, code: str, number: str) -> Results:
        reader = reader_of(self)
        rows = Publication.objects.for_user(reader).filter(wave__code=code)
        rows = rows.current() if number == LATEST else rows.filter(number=number)
        found = rows.select_related("wave").defer("counted", "comments").first()
        if found is None:
            raise Http404
        return publications.of_publication(found, reader)


class IndicatorsView(ForReaders, generics.ListAPIView):
    """Indicators of the surveys whose questionnaires the key may read."""

    serializer_class = IndicatorSerializer
    queryset = Indicator.objects.none()

    def get_queryset(self):
        rows = Indicator.objects.for_user(reader_of(self)).select_related("survey")
        return rows.order_by("survey__code", "position", "pk")


class IndicatorValuesView(ForReaders, APIView):
    """One indicator in the current publication of each wave of its survey, oldest first."""

    @extend_schema(
        responses=IndicatorValueSerializer(many=True),
        parameters=[
            OpenApiParameter("breakdown", str, description="for example “unit”; left out: everybody"),
            OpenApiParameter("cell", str, description="for example the code of a unit"),
        ],
    )
    def get(self, request: Request, survey: str, code: str) -> Response:
        values = list(values_of(self._points(survey), code))
        if not values:
            raise Http404
        return Response(IndicatorValueSerializer(values, many=True).data)

    def _points(self, survey: str) -> list[TrendPoint]:
        found = Survey.objects.filter(code=survey).first()
        return (
            publications.trend(found, reader_of(self), place_in(self.request.query_params)) if found else []
        )


def place_in(query: Mapping[str, str]) -> Place:
    breakdown, cell = query.get("breakdown", ""), query.get("cell", "")
    if bool(breakdown) != bool(cell):
        raise exceptions.ValidationError("A breakdown and its cell are named together.")
    if breakdown.count("×") != cell.count("×"):
        raise exceptions.ValidationError("A cell of a pair has a part for each part of the pair.")
    return (breakdown, cell) if breakdown else EVERYBODY


def values_of(points: list[TrendPoint], code: str) -> Iterator[dict[str, Any]]:
    """A group that is hidden as a whole hides its indicators with it."""
    for point in points:
        group, found = point.group, point.group.indicators.get(code)
        if found is None and not (group.is_hidden and counts(point.publication, code)):
            continue
        value = found.value if found else None
        target = found.target if found else None
        weighted = _weighted(point, code)
        yield {
            "wave": point.wave.code,
            "publication": point.publication.number,
            "as_of": point.as_of,
            "n": found.n if found else None,
            "estimate": _estimate(value),
            "weighted": _estimate(weighted),
            "reason": found.reason if found else group.reason,
            "target": target.target if target else None,
            "is_beyond_doubt": target.is_beyond_doubt if target else None,
        }


def _estimate(value: Value | None) -> dict[str, Any] | None:
    return {"value": value.value, "low": value.low, "high": value.high, "n": value.n} if value else None


def _weighted(point: TrendPoint, code: str) -> Value | None:
    """Of everybody only."""
    weighted = point.results.weighted
    return weighted.values.get(code) if weighted and point.group.place == EVERYBODY else None


def counts(publication: Publication, code: str) -> bool:
    return any(one["code"] == code for one in publication.content["indicators"])
