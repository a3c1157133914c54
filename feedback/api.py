"""How other systems hand in feedback: one address, a key of their own, the same use case as every other way in.

POST /api/feedback/  Authorization: Key ...   Idempotency-Key: their own number
"""

import hashlib
from urllib.parse import urlsplit

from django.utils import timezone
from rest_framework import authentication, exceptions, permissions, serializers, status
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from cxportal.keys.api_keys import hash_of
from cxportal.languages import LANGUAGES
from cxportal.organisation.models import Channel, Service, Stage, Topic, Unit
from cxportal.organisation.receipts import new_receipt
from feedback.intake import Arrival, take_in
from feedback.limits import API
from feedback.models import Integration, Item, Kind, Tone

LONGEST = 10_000
KINDS = [(kind.value, kind.label) for kind in Kind if kind != Kind.SURVEY_COMMENT]


class Caller:
    """The system behind a key; never a person."""

    is_authenticated = True

    def __init__(self, integration: Integration) -> None:
        self.integration = integration
        self.pk = integration.pk


class KeyAuthentication(authentication.BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        word, _blank, key = request.headers.get("Authorization", "").partition(" ")
        if word.lower() != "key" or not key:
            return None
        integration = Integration.objects.select_related("unit").filter(
            key_hash=hash_of(key.strip()), is_active=True
        )
        found = integration.first()
        if found is None:
            raise exceptions.AuthenticationFailed("The key is not known or no longer in use.")
        today = timezone.localdate()
        if found.last_used_on != today:
            Integration.objects.filter(pk=found.pk).update(last_used_on=today)
        return Caller(found), None

    def authenticate_header(self, request: Request) -> str:
        return "Key"


class Often(BaseThrottle):
    def allow_request(self, request: Request, view: APIView) -> bool:
        return API.allows(f"integration {request.user.pk}" if request.user else "nobody")

    def wait(self) -> float:
        return 60


class ByCode(serializers.SlugRelatedField):
    def __init__(self, **kwargs) -> None:
        super().__init__(slug_field="code", required=False, allow_null=True, **kwargs)


class FeedbackSerializer(serializers.Serializer):
    """One voice. Codes, never labels; what is not known is refused, not guessed."""

    kind = serializers.ChoiceField(choices=KINDS)
    text = serializers.CharField(max_length=LONGEST)
    tone = serializers.ChoiceField(choices=Tone.choices, required=False, default="")
    language = serializers.ChoiceField(choices=sorted(LANGUAGES), required=False, default="")
    channel = serializers.ChoiceField(choices=Channel.choices, required=False, default="")
    received_at = serializers.DateTimeField(required=False)
    page_address = serializers.URLField(max_length=1000, required=False, default="")
    on_behalf_of = serializers.ChoiceField(choices=Item.OnBehalfOf.choices, required=False, default="")
    may_publish = serializers.BooleanField(required=False, default=False)
    unit = ByCode(queryset=Unit.objects.all())
    service = ByCode(queryset=Service.objects.all())
    stage = ByCode(queryset=Stage.objects.all())
    topics = serializers.SlugRelatedField(
        slug_field="code", queryset=Topic.objects.all(), many=True, required=False, default=list
    )

    def validate_page_address(self, address: str) -> str:
        return urlsplit(address)._replace(query="", fragment="").geturl()

    def validate_received_at(self, moment):
        if moment > timezone.now():
            raise serializers.ValidationError("The moment lies in the future.")
        return moment

    def validate_unit(self, unit: Unit | None) -> Unit | None:
        """A system names units of its own part of the tree; another unit is as unknown as one that never was."""
        own = self.context["integration"].unit
        if unit and own and not own.descendants(include_self=True).filter(pk=unit.pk).exists():
            raise serializers.ValidationError(f"Object with code={unit.code} does not exist.")
        return unit


class FeedbackView(APIView):
    authentication_classes = [KeyAuthentication]
    permission_classes = [permissions.IsAuthenticated]
    throttle_classes = [Often]
    parser_classes = [JSONParser]
    renderer_classes = [JSONRenderer]

    def post(self, request: Request) -> Response:
        integration = request.user.integration
        serializer = FeedbackSerializer(data=request.data, context={"integration": integration})
        serializer.is_valid(raise_exception=True)
        receipt = new_receipt()
        arrival = arrival_of(serializer.validated_data, integration)
        arrival.item.intake_key = key_of(integration, request.headers.get("Idempotency-Key", ""))
        arrival.item.receipt_hash = receipt.digest
        item = take_in(arrival)
        is_new = item.receipt_hash == receipt.digest
        answer = {"id": str(item.pk), "receipt": receipt.code if is_new else None}
        return Response(answer, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)


def arrival_of(data: dict, integration: Integration) -> Arrival:
    topics = [topic.pk for topic in data.pop("topics")]
    data["text"] = data["text"].replace("\0", "")
    data["channel"] = data["channel"] or integration.channel
    data["unit"] = data.get("unit") or integration.unit
    data.setdefault("received_at", timezone.now())
    return Arrival(Item(way_in=Item.WayIn.API, **data), topics)


def key_of(integration: Integration, number: str) -> str | None:
    """Sent again with the same number by the same system, it is the same voice."""
    if not number:
        return None
    return hashlib.sha256(f"api\0{integration.pk}\0{number}".encode()).hexdigest()
