"""How decisions, action items and approved plans look in JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from reviews.models import ActionItem, Approval, Decision, Stage
from reviews.queries.published import head
from sop.errors import PlanningError
from sop.models import Cycle, Department, User
from sop.permissions import scope
from sop.queries import cycles


@extend_schema_field({"type": "string", "example": "2013-06"})
class CycleField(serializers.Field):
    """A cycle by its first plan month."""

    default_error_messages = {"invalid": "Write the cycle as its first plan month, 2013-06."}

    def to_representation(self, value: Cycle) -> str:
        return value.code

    def to_internal_value(self, data: Any) -> Cycle:
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            return cycles.by_code(data)
        except PlanningError as error:
            raise serializers.ValidationError(error.detail) from error


def person(**options: Any) -> serializers.SlugRelatedField:
    """A person by user name."""
    if not options.get("read_only"):
        options["queryset"] = User.objects.filter(is_active=True)
    return serializers.SlugRelatedField(slug_field="username", **options)


IN_MONEY = ("expected_revenue", "expected_margin", "expected_stock")


class DecisionSerializer(serializers.ModelSerializer):
    cycle = CycleField()
    stage: serializers.SlugRelatedField[Stage] = serializers.SlugRelatedField(slug_field="key", read_only=True)
    owner = person(read_only=True)
    decided_by = person(read_only=True)
    family = serializers.CharField(source="family.code", default=None)

    class Meta:
        model = Decision
        fields = ["id", "number", "cycle", "stage", "issue", "options", "recommendation", "choice", "reason", "state"]
        fields += ["owner", "due", "decided_by", "decided_at", "created_at", "family", "row", "first_month"]
        fields += ["last_month", "assumption", "scenario", *IN_MONEY, "expected_service"]
        read_only_fields = fields

    def to_representation(self, instance: Decision) -> dict[str, Any]:
        """Expected money is for those who see money."""
        shown = dict(super().to_representation(instance))
        mine = scope(self.context["request"].user) if "request" in self.context else None
        if mine is None or not mine.sees_money or mine.markets is not None:
            shown |= dict.fromkeys(IN_MONEY)
        return shown


class ExpectedSerializer(serializers.Serializer):
    revenue = serializers.FloatField(required=False, allow_null=True)
    margin = serializers.FloatField(required=False, allow_null=True)
    stock = serializers.FloatField(required=False, allow_null=True)
    service = serializers.FloatField(required=False, allow_null=True)


class ProposalSerializer(serializers.Serializer):
    cycle = CycleField()
    expected = ExpectedSerializer(required=False)
    stage = serializers.ChoiceField(choices=Stage.Key.choices, required=False)
    issue = serializers.CharField(max_length=300)
    options = serializers.ListField(child=serializers.CharField(max_length=300), required=False, max_length=12)
    recommendation = serializers.CharField(max_length=300, required=False, allow_blank=True)
    owner = person()
    due = serializers.DateField()


class ChoiceSerializer(serializers.Serializer):
    choice = serializers.CharField(max_length=300)
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True)


class DeferralSerializer(serializers.Serializer):
    due = serializers.DateField()
    reason = serializers.CharField(max_length=500)


class ActionItemSerializer(serializers.ModelSerializer):
    cycle = CycleField()
    owner = person(read_only=True)
    department: serializers.SlugRelatedField[Department] = serializers.SlugRelatedField(
        slug_field="code", read_only=True
    )

    class Meta:
        model = ActionItem
        fields = ["id", "cycle", "decision", "text", "owner", "department", "due", "state", "result"]
        fields += ["created_at", "closed_at"]
        read_only_fields = fields


class TaskSerializer(serializers.Serializer):
    cycle = CycleField()
    decision = serializers.PrimaryKeyRelatedField(queryset=Decision.objects.all(), required=False, allow_null=True)
    text = serializers.CharField(max_length=300)
    owner = person()
    department = serializers.SlugRelatedField(
        slug_field="code", queryset=Department.objects.all(), required=False, allow_null=True
    )
    due = serializers.DateField()


class ResultSerializer(serializers.Serializer):
    result = serializers.CharField(max_length=500)


class ReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=500)


class HandoverSerializer(serializers.Serializer):
    owner = person()
    due = serializers.DateField(required=False)


class PublishedPlanSerializer(serializers.Serializer):
    """The head of an approved plan; its numbers are in the detail."""

    cycle = serializers.CharField(read_only=True)
    approved_by = serializers.CharField(read_only=True)
    approved_at = serializers.DateTimeField(read_only=True)
    comment = serializers.CharField(read_only=True)
    digest = serializers.CharField(read_only=True)
    version = serializers.IntegerField(read_only=True)

    def to_representation(self, instance: Approval) -> dict[str, Any]:
        return super().to_representation(head(instance))


class SalesLineSerializer(serializers.Serializer):
    product = serializers.CharField()
    market = serializers.CharField()
    units = serializers.ListField(child=serializers.FloatField())
    revenue = serializers.ListField(child=serializers.FloatField(), required=False)


class ProductionLineSerializer(serializers.Serializer):
    product = serializers.CharField()
    opening = serializers.FloatField()
    production = serializers.ListField(child=serializers.FloatField())
    inventory = serializers.ListField(child=serializers.FloatField())


class LoadSerializer(serializers.Serializer):
    resource = serializers.CharField()
    load = serializers.ListField(child=serializers.FloatField())
    regular = serializers.ListField(child=serializers.FloatField())
    overtime = serializers.ListField(child=serializers.FloatField())


class PlanOfRecordSerializer(PublishedPlanSerializer):
    """For the schema: month vectors stand beside `months`."""

    months = serializers.ListField(child=serializers.CharField())
    sales = SalesLineSerializer(many=True)
    production = ProductionLineSerializer(many=True)
    loads = LoadSerializer(many=True)
