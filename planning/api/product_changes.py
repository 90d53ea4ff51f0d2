"""`/api/v1/product-changes/`: launches, successors and ends of life, read and written."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from planning.actions import product_changes as actions
from planning.api.assumptions import MonthField, code_of
from planning.models import Cannibalisation, ProductChange
from planning.queries import product_changes
from sop.api.authentication import user_of
from sop.api.filters import TreeFilter
from sop.api.permissions import MayView
from sop.api.versions import require_match, tagged
from sop.models import Family, Market, Product, User
from sop.permissions import scope


class LoserSerializer(serializers.ModelSerializer[Cannibalisation]):
    product = serializers.CharField(source="product.code")

    class Meta:
        model = Cannibalisation
        fields = ["product", "share"]


class ProductChangeSerializer(serializers.ModelSerializer[ProductChange]):
    """A launch, a successor or an end of life."""

    product = serializers.CharField(source="product.code")
    like_product = serializers.CharField(source="like_product.code", default=None)
    predecessor = serializers.CharField(source="predecessor.code", default=None)
    market = serializers.CharField(source="market.code", default=None)
    month = MonthField()
    owner = serializers.CharField(source="owner.username", default=None)
    cannibalised = LoserSerializer(many=True)

    class Meta:
        model = ProductChange
        fields = ["id", "kind", "product", "like_product", "predecessor", "market", "month", "ramp_months", "level"]
        fields += ["run_out", "cannibalised", "note", "owner", "state", "row_version"]


class ProductChangeFilter(django_filters.FilterSet):
    family = TreeFilter(Family, "product__family")
    product = django_filters.CharFilter(field_name="product__code")

    class Meta:
        model = ProductChange
        fields = ["kind", "state"]


class LoserFacts(serializers.Serializer[Any]):
    product = serializers.SlugRelatedField(slug_field="code", queryset=Product.objects.all())
    share = serializers.FloatField(min_value=0, max_value=1)


class ProductChangeFacts(serializers.Serializer[Any]):
    """What is written. A launch names its `like_product`, a successor its `predecessor`. A `product` that is not in the
    master data yet is made when its `name` comes along, with everything else from the product it follows."""

    kind = serializers.ChoiceField(choices=ProductChange.Kind.choices)
    product = serializers.CharField(max_length=64)
    name = serializers.CharField(max_length=200, required=False, write_only=True)
    like_product = code_of(Product)
    predecessor = code_of(Product)
    market = code_of(Market)
    month = MonthField()
    ramp_months = serializers.IntegerField(min_value=0, required=False)
    level = serializers.FloatField(min_value=0, required=False)
    run_out = serializers.BooleanField(required=False)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True)
    owner = serializers.SlugRelatedField[User](
        slug_field="username", queryset=User.objects.filter(is_active=True), required=False
    )
    cannibalised = LoserFacts(many=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """As the keywords of `Facts`; only those that were sent."""
        told, name = dict(attrs), attrs.get("name", "")
        told.pop("name", None)
        if code := told.get("product"):
            told["product"] = Product.objects.filter(code=code).first() or (name and actions.NewProduct(code, name))
            if not told["product"]:
                raise serializers.ValidationError({"product": f"There is no product “{code}”. Is it new? Send a name."})
        followed = [told.pop(key) for key in ("like_product", "predecessor") if key in told]
        if followed:
            told["follows"] = next((each for each in followed if each), None)
        if "cannibalised" in told:
            told["losers"] = [(each["product"], each["share"]) for each in told.pop("cannibalised")]
        return told


class ProductChangeViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[ProductChange]):
    """What comes, takes over and goes. PATCH and DELETE take If-Match; DELETE withdraws, the list keeps it."""

    serializer_class = ProductChangeSerializer
    permission_classes = [MayView]
    filterset_class = ProductChangeFilter
    lookup_value_regex = r"\d+"

    def get_queryset(self) -> QuerySet[ProductChange]:
        if getattr(self, "swagger_fake_view", False):
            return ProductChange.objects.none()
        return product_changes.visible(scope(user_of(self.request))).order_by("pk")

    def retrieve(self, request: Request, pk: str) -> Response:
        return tagged(self._shown(self.get_object()))

    @extend_schema(request=ProductChangeFacts, responses={201: ProductChangeSerializer})
    def create(self, request: Request) -> Response:
        told = ProductChangeFacts(data=request.data)
        told.is_valid(raise_exception=True)
        made = actions.add(facts=actions.Facts(**told.validated_data), by=user_of(request)).change
        return tagged(self._shown(made), status.HTTP_201_CREATED)

    @extend_schema(request=ProductChangeFacts, responses=ProductChangeSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        change = self.get_object()
        require_match(request, self._shown(change))
        told = ProductChangeFacts(data=request.data, partial=True)
        told.is_valid(raise_exception=True)
        changed = actions.change(
            change=change,
            facts=actions.facts_of(change, **told.validated_data),
            by=user_of(request),
            row_version=change.row_version,
        )
        return tagged(self._shown(changed.change))

    def destroy(self, request: Request, pk: str) -> Response:
        change = self.get_object()
        require_match(request, self._shown(change))
        actions.withdraw(change=change, by=user_of(request), row_version=change.row_version)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _shown(self, change: ProductChange) -> dict[str, Any]:
        return dict(self.get_serializer(self.get_queryset().get(pk=change.pk)).data)
