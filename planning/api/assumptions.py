"""`/api/v1/assumptions/` and `/api/v1/events/` (those in the plan)."""

import datetime as dt
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from planning.actions import assumptions as actions
from planning.models import Assumption
from planning.queries import assumptions as queries
from planning.queries.rows import Filters
from sop import months
from sop.api.authentication import user_of
from sop.api.filters import MonthFilter, TreeFilter
from sop.api.permissions import MayView
from sop.api.versions import require_match, tagged
from sop.models import Family, Market, Product, User
from sop.permissions import scope


@extend_schema_field({"type": "string", "example": "2027-01"})
class MonthField(serializers.Field[dt.date, str, str, Any]):
    """A month, 2027-01."""

    def to_internal_value(self, data: Any) -> dt.date:
        try:
            return months.parse(str(data))
        except ValueError as error:
            raise serializers.ValidationError(f"{error}.") from error

    def to_representation(self, value: dt.date) -> str:
        return months.code(value)


def code_of(model: Any) -> Any:
    queryset = model._default_manager.all()
    return serializers.SlugRelatedField(slug_field="code", queryset=queryset, required=False, allow_null=True)


class AssumptionSerializer(serializers.ModelSerializer[Assumption]):
    """What is assumed. `effect`, `low`, `high` and `outcome` are shares of the baseline (0.2) or units a month."""

    code = serializers.CharField(read_only=True)
    family = code_of(Family)
    product = code_of(Product)
    market = code_of(Market)
    owner = serializers.SlugRelatedField[User](
        slug_field="username", queryset=User.objects.filter(is_active=True), required=False
    )
    first_month = MonthField()
    last_month = MonthField()
    expires = MonthField(required=False, allow_null=True)
    kind = serializers.ChoiceField(choices=Assumption.Kind.choices, required=False)

    class Meta:
        model = Assumption
        fields = ["id", "code", "name", "kind", "family", "product", "market", "first_month", "last_month", "effect"]
        fields += ["unit", "low", "high", "probability", "included", "owner", "evidence", "expires", "state"]
        fields += ["outcome", "verdict", "judged_at", "row_version"]
        read_only_fields = ["state", "outcome", "verdict", "judged_at", "row_version"]


class AssumptionFilter(django_filters.FilterSet):
    family = TreeFilter(Family, "family", "product__family")
    market = TreeFilter(Market, "market")
    product = django_filters.CharFilter(field_name="product__code")
    month = MonthFilter(field_name="last_month", lookup_expr="gte", label="Those that last until this month or longer")

    class Meta:
        model = Assumption
        fields = ["state", "kind", "included"]


class EventFilter(AssumptionFilter):
    class Meta(AssumptionFilter.Meta):
        fields = ["kind"]


class Visible:
    """Those that the caller may see, wider ones included."""

    def get_queryset(self) -> QuerySet[Assumption]:
        if getattr(self, "swagger_fake_view", False):
            return Assumption.objects.none()
        return queries.visible(Filters(scope(user_of(self.request)))).order_by("pk")  # type: ignore[attr-defined]


class AssumptionViewSet(Visible, mixins.ListModelMixin, viewsets.GenericViewSet[Assumption]):
    """The register of assumptions. PATCH and DELETE take If-Match; DELETE withdraws, the register keeps it."""

    serializer_class = AssumptionSerializer
    permission_classes = [MayView]
    filterset_class = AssumptionFilter
    lookup_value_regex = r"\d+"

    def retrieve(self, request: Request, pk: str) -> Response:
        return tagged(self._shown(self.get_object()))

    @extend_schema(responses={201: AssumptionSerializer})
    def create(self, request: Request) -> Response:
        told = self.get_serializer(data=request.data)
        told.is_valid(raise_exception=True)
        facts = actions.Facts(**{"kind": Assumption.Kind.PROMOTION, **told.validated_data})
        made = actions.add(facts=facts, by=user_of(request)).assumption
        return tagged(self._shown(made), status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        assumption = self.get_object()
        require_match(request, self._shown(assumption))
        told = self.get_serializer(assumption, data=request.data, partial=True)
        told.is_valid(raise_exception=True)
        held = {name: getattr(assumption, name) for name in actions.Facts.__dataclass_fields__}
        changed = actions.change(
            assumption=assumption,
            facts=actions.Facts(**(held | told.validated_data)),
            by=user_of(request),
            row_version=assumption.row_version,
        )
        return tagged(self._shown(changed.assumption))

    def destroy(self, request: Request, pk: str) -> Response:
        assumption = self.get_object()
        require_match(request, self._shown(assumption))
        actions.withdraw(assumption=assumption, by=user_of(request), row_version=assumption.row_version)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _shown(self, assumption: Assumption) -> dict[str, Any]:
        return dict(self.get_serializer(assumption).data)


class EventViewSet(Visible, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Assumption]):
    """Events in the sales plan: the open assumptions that are part of it."""

    serializer_class = AssumptionSerializer
    permission_classes = [MayView]
    filterset_class = EventFilter

    def get_queryset(self) -> QuerySet[Assumption]:
        return super().get_queryset().filter(included=True, state=Assumption.State.OPEN)
