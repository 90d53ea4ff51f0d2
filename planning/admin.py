"""The administrator's pages of planning: departments' voices, events, and the hours of resources."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from planning.actions import events
from planning.models import (
    Assumption,
    Calendar,
    Capacity,
    Crew,
    Fence,
    Resource,
    Routing,
    Shutdown,
    Storage,
    Stream,
    SupplyPolicy,
)
from planning.models.consensus import ConsensusRule
from sop.admin import Recorded, month_field


@admin.register(Stream)
class StreamAdmin(Recorded):
    list_display = ("code", "name", "department", "position")
    list_select_related = ("department",)


class AssumptionForm(forms.ModelForm):
    def clean(self) -> dict[str, Any] | None:
        told = super().clean() or {}
        first, last = told.get("first_month"), told.get("last_month")
        if first and last and last < first:
            self.add_error("last_month", "This is before the first month.")
        return told


@admin.register(Fence)
class FenceAdmin(Recorded):
    """How many months are frozen and slushy; the page “Time fences” sets them, too."""

    list_display = ("__str__", "family", "frozen_months", "slushy_months")
    list_select_related = ("family",)

    def reach(self, obj: Any) -> dict[str, list[str]]:
        return {"families": [obj.family.code] if obj.family else [], "markets": []}


@admin.register(Assumption)
class AssumptionAdmin(Recorded):
    """What changes here moves the working plan at once, as on the register's own page."""

    form = AssumptionForm
    months = ("first_month", "last_month", "expires")
    list_display = ("name", "family", "product", "market", "first_month", "last_month", "effect", "included", "owner")
    list_filter = ("included", "family", "market")
    list_select_related = ("family", "product", "market", "owner")
    search_fields = ("name", "product__code", "product__name")
    raw_id_fields = ("product", "owner")
    exclude = ("cycle", "judged_at", "row_version")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.row_version += 1 if change else 0
        super().save_model(request, obj, form, change)
        _catch_up()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        _catch_up()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Assumption]) -> None:
        super().delete_queryset(request, queryset)
        _catch_up()

    def reach(self, obj: Any) -> dict[str, list[str]]:
        family = obj.product.family if obj.product else obj.family
        return {
            "families": [family.code] if family else [],
            "markets": [obj.market.code] if obj.market else [],
        }


def _catch_up() -> None:
    """Bring the working plan up to date where it takes changes."""
    plan, _ = events.working_plan()
    if plan:
        events.everything(plan)


class CapacityInline(admin.TabularInline):
    model = Capacity
    extra = 0

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        return (
            month_field(db_field)
            if db_field.name == "month"
            else super().formfield_for_dbfield(db_field, request, **kwargs)
        )


class CrewInline(admin.StackedInline):
    model = Crew


@admin.register(Resource)
class ResourceAdmin(Recorded):
    list_display = ("code", "name", "site", "owner", "calendar", "regular_hours_per_month", "overtime_hours_per_month")
    list_select_related = ("site", "owner", "calendar")
    search_fields = ("code", "name")
    inlines = (CrewInline, CapacityInline)


class ShutdownInline(admin.TabularInline):
    model = Shutdown
    extra = 1


@admin.register(Calendar)
class CalendarAdmin(Recorded):
    list_display = ("code", "name", "days_per_week")
    search_fields = ("code", "name")
    inlines = (ShutdownInline,)


@admin.register(Storage)
class StorageAdmin(Recorded):
    list_display = ("site", "limit")
    list_select_related = ("site",)


class OfProduct(Recorded):
    """What is told of a product: its family is what a change touches."""

    raw_id_fields: ClassVar[tuple[str, ...]] = ("product",)
    search_fields = ("product__code", "product__name")
    show_full_result_count = False

    def reach(self, obj: Any) -> dict[str, list[str]]:
        return {"families": [obj.product.family.code] if obj.product.family else []}


class RoutingForm(forms.ModelForm):
    def clean(self) -> dict[str, Any] | None:
        told = super().clean() or {}
        first = told.get("alternate_of")
        if first and (first == self.instance or first.product != told.get("product") or first.alternate_of):
            self.add_error("alternate_of", "Name the product's own routing that this one stands in for.")
        return told


@admin.register(Routing)
class RoutingAdmin(OfProduct):
    form = RoutingForm
    list_display = ("product", "resource", "hours_per_unit", "offset_months", "alternate_of")
    list_select_related = ("product", "resource", "alternate_of__product", "alternate_of__resource")
    raw_id_fields = ("product", "alternate_of")


@admin.register(SupplyPolicy)
class SupplyPolicyAdmin(OfProduct):
    list_display = ("product", "target", "cover_months", "service_level", "least_lot")
    list_filter = ("target",)
    list_select_related = ("product",)


@admin.register(ConsensusRule)
class ConsensusRuleAdmin(Recorded):
    """How a family is decided; without a family, every family that has no rule of its own."""

    list_display = ("family", "method", "stream")
    list_select_related = ("family", "stream")

    def reach(self, obj: Any) -> dict[str, list[str]]:
        return {"families": [obj.family.code] if obj.family else [], "markets": []}
