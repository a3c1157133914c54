"""How other systems read actions: read only, those of the unit of their key and all below. No names of staff, no notes.

GET /api/actions/   Authorization: Bearer KEY   (a key that may read actions)
"""

from django.db.models import F
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers

from actions.evidence import voices_behind
from actions.models import Action
from surveys.api import ForReaders, Reader


class ActionSerializer(serializers.ModelSerializer):
    unit = serializers.CharField(source="unit.code")
    service = serializers.CharField(source="service.code", default=None, allow_null=True)
    topics = serializers.SlugRelatedField(slug_field="code", many=True, read_only=True)
    status = serializers.CharField(source="status.code")
    days_late = serializers.SerializerMethodField()
    progress = serializers.IntegerField(source="progress_shown")
    voices = serializers.IntegerField(source="voice_count", help_text="how many voices stand behind it")
    plan_year = serializers.IntegerField(source="plan.year", default=None, allow_null=True)

    class Meta:
        model = Action
        fields = [
            *("id", "title", "unit", "service", "topics", "status", "made_on", "due_on", "days_late"),
            *("ended_on", "progress", "horizon", "feasibility", "usefulness", "voices", "plan_year"),
        ]

    def get_days_late(self, action: Action) -> int:
        return action.days_late()


@extend_schema(
    parameters=[
        OpenApiParameter("unit", str, description="code of a unit"),
        OpenApiParameter("status", str, description="code of a status"),
        OpenApiParameter("late", bool, description="1: only those past their day"),
    ]
)
class ActionsView(ForReaders, generics.ListAPIView):
    """Actions, by day; those without one last."""

    serializer_class = ActionSerializer
    queryset = Action.objects.none()

    def get_queryset(self):
        reader: Reader = self.request.user
        if not reader.reads_actions:
            raise Http404
        asked = self.request.query_params
        actions = Action.objects.filter(reader.scope.units_condition("unit"))
        if asked.get("late") == "1":
            actions = actions.overdue()
        named = {f"{name}__code": asked[name] for name in ("unit", "status") if asked.get(name)}
        listed = voices_behind(actions.filter(**named)).order_by(F("due_on").asc(nulls_last=True), "pk")
        return listed.select_related("unit", "service", "status", "plan").prefetch_related("topics")
