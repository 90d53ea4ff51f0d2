"""The administrator's pages of planning: departments' voices, events, and the hours of resources."""

from typing import Any

from django import forms
from django.contrib import admin

from planning.models import Assumption, Capacity, Resource, Stream
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


@admin.register(Assumption)
class AssumptionAdmin(Recorded):
    """An event counts when the sales plan is made or remade."""

    form = AssumptionForm
    months = ("first_month", "last_month", "expires")
    list_display = ("name", "family", "product", "market", "first_month", "last_month", "effect", "included", "owner")
    list_filter = ("included", "family", "market")
    list_select_related = ("family", "product", "market", "owner")
    search_fields = ("name", "product__code", "product__name")
    raw_id_fields = ("product", "owner")
    exclude = ("cycle", "judged_at", "row_version")

    def reach(self, obj: Any) -> dict[str, list[str]]:
        family = obj.product.family if obj.product else obj.family
        return {
            "families": [family.code] if family else [],
            "markets": [obj.market.code] if obj.market else [],
        }


class CapacityInline(admin.TabularInline):
    model = Capacity
    extra = 0

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        return (
            month_field(db_field)
            if db_field.name == "month"
            else super().formfield_for_dbfield(db_field, request, **kwargs)
        )


@admin.register(Resource)
class ResourceAdmin(Recorded):
    list_display = ("code", "name", "site", "regular_hours_per_month", "overtime_hours_per_month")
    list_select_related = ("site",)
    search_fields = ("code", "name")
    inlines = (CapacityInline,)
