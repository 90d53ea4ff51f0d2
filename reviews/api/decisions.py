"""`/api/v1/decisions/`: read, propose, decide, defer."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from reviews.actions import decisions
from reviews.api.permissions import MayView
from reviews.api.reading import read, signed_in
from reviews.api.serializers import ChoiceSerializer, DecisionSerializer, DeferralSerializer, ProposalSerializer
from reviews.api.versions import require_match, tagged
from reviews.models import Decision
from reviews.queries.cycles import filter_cycle
from reviews.queries.outcomes import seen


class DecisionFilter(django_filters.FilterSet):
    cycle = django_filters.CharFilter(method=filter_cycle, label="First plan month, 2013-06")
    owner = django_filters.CharFilter(field_name="owner__username")
    stage = django_filters.CharFilter(field_name="stage__key")

    class Meta:
        model = Decision
        fields = ["state"]


class DecisionViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    queryset = Decision.objects.select_related("cycle", "stage", "owner", "decided_by")
    serializer_class = DecisionSerializer
    permission_classes = [MayView]
    filterset_class = DecisionFilter

    def get_queryset(self) -> QuerySet[Any]:
        return seen(signed_in(self.request)).prefetch_related("option_scenarios")

    def retrieve(self, request: Request, pk: str) -> Response:
        return tagged(self._shown(self.get_object()))

    @extend_schema(request=ProposalSerializer, responses={201: DecisionSerializer})
    def create(self, request: Request) -> Response:
        told = read(ProposalSerializer, request)
        cycle, stage = told.pop("cycle"), told.pop("stage", None)
        expected = decisions.Expected(**told.pop("expected", {}))
        stage = cycle.stages.filter(key=stage).first() if stage else None
        proposal = decisions.Proposal(**told, stage=stage, expected=expected)
        made = decisions.propose(cycle=cycle, proposal=proposal, by=signed_in(request))
        return tagged(self._shown(made), status.HTTP_201_CREATED)

    @extend_schema(request=ChoiceSerializer, responses=DecisionSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: str) -> Response:
        return self._do(decisions.decide, request, ChoiceSerializer)

    @extend_schema(request=DeferralSerializer, responses=DecisionSerializer)
    @action(detail=True, methods=["post"])
    def defer(self, request: Request, pk: str) -> Response:
        return self._do(decisions.defer, request, DeferralSerializer)

    def _do(self, verb: Callable[..., Decision], request: Request, body: Any) -> Response:
        decision = self.get_object()
        require_match(request, self._shown(decision))
        return tagged(self._shown(verb(decision=decision, by=signed_in(request), **read(body, request))))

    def _shown(self, decision: Decision) -> dict[str, Any]:
        return dict(self.get_serializer(decision).data)
