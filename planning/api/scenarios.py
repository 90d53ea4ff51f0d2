"""`/api/v1/scenarios/`: what if, its changes, and its way to a decision."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from planning.actions import scenario_adoption, scenarios
from planning.actions.scenarios import Proposed
from planning.api.assumptions import MonthField
from planning.models import Resource, Scenario, ScenarioChange
from planning.queries.scenarios import visible
from planning.queries.scenarios.visible import IN_MONEY
from sop import tasks
from sop.api.authentication import user_of
from sop.api.filters import MonthFilter
from sop.api.permissions import MayView
from sop.errors import NotFound
from sop.models import Family, Market, Product
from sop.permissions import Verb, require, scope
from sop.queries import cycles


def _code(model: Any) -> Any:
    queryset = model._default_manager.all()
    return serializers.SlugRelatedField(slug_field="code", queryset=queryset, required=False, allow_null=True)


class ScenarioChangeSerializer(serializers.ModelSerializer[ScenarioChange]):
    """One difference to the plan. `value` is in the target's unit, per month; percent as 5 for +5 %."""

    family = _code(Family)
    product = _code(Product)
    market = _code(Market)
    resource = _code(Resource)
    other = _code(Resource)
    first_month = MonthField(required=False, allow_null=True)
    last_month = MonthField(required=False, allow_null=True)
    to_month = MonthField(required=False, allow_null=True)

    class Meta:
        model = ScenarioChange
        fields = ["id", "target", "operation", "value", "family", "product", "market", "resource", "other"]
        fields += ["first_month", "last_month", "to_month", "note", "adopted_at"]
        read_only_fields = ["adopted_at"]

    def to_representation(self, change: ScenarioChange) -> dict[str, Any]:
        told = super().to_representation(change)
        if change.target in IN_MONEY and not scope(user_of(self.context["request"])).sees_money:
            told.pop("value")
        return told


class ScenarioSerializer(serializers.ModelSerializer[Scenario]):
    """A scenario; `version` counts what was changed in it."""

    cycle = serializers.CharField(source="cycle.code", required=False)
    author = serializers.CharField(source="author.username", read_only=True)
    decided_by = serializers.CharField(source="decided_by.username", read_only=True, default=None)

    class Meta:
        model = Scenario
        fields = ["id", "cycle", "name", "description", "state", "strategy", "version", "author", "created_at"]
        fields += ["decided_by", "decided_at", "decision"]
        read_only_fields = ["state", "strategy", "version", "created_at", "decided_at", "decision"]
        # The action says what is wrong with a name that is taken.
        validators: list[Any] = []


class ScenarioReasonSerializer(serializers.Serializer[Any]):
    """Why it was decided so."""

    reason = serializers.CharField(max_length=400)


class AdoptionSerializer(ScenarioReasonSerializer):
    """Which changes are taken, all of them without a list, and why."""

    changes = serializers.ListField(child=serializers.IntegerField(), required=False)


class StartedSerializer(serializers.Serializer[Any]):
    """The job that works it out."""

    run = serializers.IntegerField()


class ScenarioFilter(django_filters.FilterSet):
    cycle = MonthFilter(field_name="cycle__first_month", label="First plan month, 2013-06")

    class Meta:
        model = Scenario
        fields = ["state"]


class ScenarioViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, viewsets.GenericViewSet[Scenario]
):
    """Scenarios that the caller may see: their own, shared ones of colleagues, and what was proposed."""

    queryset = Scenario.objects.none()
    serializer_class = ScenarioSerializer
    permission_classes = [MayView]
    filterset_class: type[django_filters.FilterSet] | None = ScenarioFilter

    def get_queryset(self) -> QuerySet[Scenario]:
        return visible.visible(user_of(self.request))

    def create(self, request: Request) -> Response:
        told = self._told(ScenarioSerializer, request)
        cycle = cycles.named_or_newest(told.get("cycle", {}).get("code"))
        made = scenarios.create(
            cycle=cycle, name=told["name"], description=told.get("description", ""), by=user_of(request)
        )
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Another name or description."""
        found = self.get_object()
        told = self._told(ScenarioSerializer, request, partial=True)
        name, text = told.get("name", found.name), told.get("description", found.description)
        renamed = scenarios.rename(scenario=found, name=name, description=text, by=user_of(request))
        return Response(self.get_serializer(renamed).data)

    def perform_destroy(self, instance: Scenario) -> None:
        scenarios.delete(scenario=instance, by=user_of(self.request))

    @extend_schema(responses=ScenarioChangeSerializer(many=True))
    @action(detail=True, filterset_class=None, pagination_class=None, serializer_class=ScenarioChangeSerializer)
    def changes(self, request: Request, pk: str) -> Response:
        """Its changes, in the order in which they apply, as far as they lie in the caller's families and markets."""
        seen, _ = visible.changes_of(self.get_object(), user_of(request))
        return Response(self.get_serializer(seen, many=True).data)

    @extend_schema(request=ScenarioChangeSerializer(many=True), responses=ScenarioChangeSerializer(many=True))
    @changes.mapping.post
    def add_changes(self, request: Request, pk: str) -> Response:
        """Append changes: a list of them, all or none."""
        rows = request.data if isinstance(request.data, list) else [request.data]
        asked = ScenarioChangeSerializer(data=rows, many=True)
        asked.is_valid(raise_exception=True)
        proposed = [Proposed(**told) for told in asked.validated_data]
        added = scenarios.add_changes(scenario=self.get_object(), changes=proposed, by=user_of(request))
        return Response(self.get_serializer(added, many=True).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["delete"], url_path=r"changes/(?P<change>\d+)", filterset_class=None)
    def remove_change(self, request: Request, pk: str, change: str) -> Response:
        """Take a change out."""
        found = self.get_object().changes.select_related("scenario").filter(pk=change).first()
        if found is None:
            raise NotFound("This scenario has no such change.")
        scenarios.remove_change(change=found, by=user_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=ScenarioSerializer)
    @action(detail=True, methods=["post"])
    def share(self, request: Request, pk: str) -> Response:
        """Show it to everybody who models scenarios."""
        return self._moved(scenarios.share(scenario=self.get_object(), by=user_of(request)))

    @extend_schema(request=None, responses=ScenarioSerializer)
    @action(detail=True, methods=["post"])
    def propose(self, request: Request, pk: str) -> Response:
        """Put it up for decision."""
        return self._moved(scenarios.propose(scenario=self.get_object(), by=user_of(request)))

    @extend_schema(request=None, responses=ScenarioSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take it back a step."""
        return self._moved(scenarios.withdraw(scenario=self.get_object(), by=user_of(request)))

    @extend_schema(request=ScenarioReasonSerializer, responses=ScenarioSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Decide against it."""
        reason = self._told(ScenarioReasonSerializer, request)["reason"]
        return self._moved(scenarios.reject(scenario=self.get_object(), reason=reason, by=user_of(request)))

    @extend_schema(request=AdoptionSerializer, responses=ScenarioSerializer)
    @action(detail=True, methods=["post"])
    def adopt(self, request: Request, pk: str) -> Response:
        """Take it into the plan, whole or some of its changes."""
        told = self._told(AdoptionSerializer, request)
        taken = scenario_adoption.adopt(
            scenario=self.get_object(), chosen=told.get("changes"), reason=told["reason"], by=user_of(request)
        )
        return self._moved(taken.scenario)

    @extend_schema(request=None, responses={202: StartedSerializer})
    @action(detail=True, methods=["post"])
    def evaluate(self, request: Request, pk: str) -> Response:
        """Work out its exact plan in the background."""
        user, found = user_of(request), self.get_object()
        require(user, Verb.MODEL)
        about, parameters = f"scenario-{found.pk}", {"scenario": found.pk}
        run = tasks.launch(kind="scenario", cycle=found.cycle, parameters=parameters, by=user, about=about)
        return Response({"run": run.pk}, status=status.HTTP_202_ACCEPTED)

    def _moved(self, scenario: Scenario) -> Response:
        return Response(ScenarioSerializer(scenario, context=self.get_serializer_context()).data)

    def _told(self, serializer: type[serializers.BaseSerializer[Any]], request: Request, **options: Any) -> Any:
        asked = serializer(data=request.data, **options)
        asked.is_valid(raise_exception=True)
        return asked.validated_data
