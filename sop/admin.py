"""The administrator's pages: people, what they may do, tokens, and what the log and the jobs say."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Field, Model, QuerySet
from django.forms import Field as FormField
from django.http import HttpRequest

from sop.actions import changes, tokens
from sop.forms import MonthField
from sop.models import Change, Department, Membership, PostingBatch, Product, Run, ServiceToken, User

admin.site.site_header = admin.site.site_title = "Evenkeel administration"
admin.site.index_title = "People, roles and what the pages do not set"
# Rights come with roles (`sop.permissions`); a group would give none.
admin.site.unregister(Group)


class Recorded(admin.ModelAdmin):
    """Its writes are in the change log, too; `months` names the fields that hold a month."""

    months: tuple[str, ...] = ()

    def reach(self, obj: Model) -> dict[str, list[str]]:
        """The families and markets that a change touches."""
        return {}

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> FormField | None:
        return (
            month_field(db_field)
            if db_field.name in self.months
            else super().formfield_for_dbfield(db_field, request, **kwargs)
        )

    def response_action(self, *args: Any, **kwargs: Any) -> Any:
        with transaction.atomic():
            return super().response_action(*args, **kwargs)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record(request, obj, "added", message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        if message:
            self._record(request, obj, "changed", message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        for obj in queryset:
            self._record(request, obj, "removed", "")
        return super().log_deletions(request, queryset)

    def _record(self, request: HttpRequest, obj: Model, verb: str, message: Any) -> None:
        name = str(obj._meta.verbose_name)
        what = changes.What(
            kind=f"{obj._meta.model_name}.{verb}",
            summary=f"{verb.capitalize()} the {name} “{obj}”"[:300],
            object=f"{obj._meta.model_name}:{obj.pk}",
            data={"form": message},
            **self.reach(obj),  # type: ignore[arg-type]
        )
        with transaction.atomic():
            changes.record(what, by=request.user)  # type: ignore[arg-type]


def month_field(db_field: Field) -> MonthField:
    return MonthField(
        label=str(db_field.verbose_name).capitalize(),
        required=not db_field.blank,
        help_text="A month, such as 2013-06.",
    )


class ReadOnly(admin.ModelAdmin):
    """What is written by work and only read here."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


# --- People -----------------------------------------------------------------------------------------------------------


class MembershipInline(admin.StackedInline):
    model = Membership
    extra = 0


@admin.register(User)
class PersonAdmin(Recorded, UserAdmin):
    """People leave by being made inactive: their entries and signatures stay."""

    list_display = ("username", "first_name", "last_name", "roles", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser", "memberships__role", "memberships__department")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        (
            "Access",
            {
                "fields": ("is_active", "is_staff", "is_superuser", "last_login"),
                "description": "An administrator is staff and superuser. Everybody else has roles, below.",
            },
        ),
    )
    readonly_fields = ("last_login",)
    inlines = (MembershipInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("memberships__department")

    @admin.display(description="roles")
    def roles(self, user: User) -> str:
        return ", ".join(f"{each.get_role_display()} in {each.department}" for each in user.memberships.all())

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Department)
class DepartmentAdmin(Recorded):
    list_display = ("code", "name")
    search_fields = ("code", "name")


@admin.register(Membership)
class MembershipAdmin(Recorded):
    list_display = ("user", "department", "role", "sees_money")
    list_filter = ("department", "role")
    list_select_related = ("user", "department")
    search_fields = ("user__username", "user__first_name", "user__last_name")
    raw_id_fields = ("user",)


@admin.register(ServiceToken)
class ServiceTokenAdmin(ReadOnly):
    """Tokens are made by `manage.py create_token`, which prints the secret once; here they are ended."""

    list_display = ("name", "user", "created_at", "expires_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__username")
    fields = list_display

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def delete_model(self, request: HttpRequest, obj: ServiceToken) -> None:
        tokens.revoke(token=obj, by=request.user)  # type: ignore[arg-type]

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ServiceToken]) -> None:
        for token in queryset:
            self.delete_model(request, token)


# --- What the pages do not set ----------------------------------------------------------------------------------------


class ProductForm(forms.ModelForm):
    def clean(self) -> dict[str, Any] | None:
        told = super().clean() or {}
        for name in ("predecessor", "like_product"):
            if told.get(name) == self.instance:
                self.add_error(name, "A product has its own past anyway; name another product.")
        return told


@admin.register(Product)
class ProductAdmin(Recorded):
    """Which product's past a product takes over. All else comes with the master data: see `sop.actions.tables`."""

    form = ProductForm
    list_display = ("code", "name", "family", "predecessor", "like_product")
    list_filter = ("sold", "family")
    list_select_related = ("family", "predecessor", "like_product")
    search_fields = ("code", "name")
    fields = ("code", "name", "family", "launch_month", "last_month", "predecessor", "like_product")
    readonly_fields = ("code", "name", "family", "launch_month", "last_month")
    raw_id_fields = ("predecessor", "like_product")
    show_full_result_count = False

    def reach(self, obj: Any) -> dict[str, list[str]]:
        return {"families": [obj.family.code] if obj.family else []}

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


# --- What happened ----------------------------------------------------------------------------------------------------


@admin.register(Run)
class RunAdmin(ReadOnly):
    list_display = ("id", "kind", "cycle", "state", "requested_by", "created_at", "finished_at", "error")
    list_filter = ("kind", "state")
    list_select_related = ("cycle", "requested_by")


@admin.register(Change)
class ChangeAdmin(ReadOnly):
    list_display = ("id", "at", "by", "kind", "summary", "reason")
    list_select_related = ("by",)
    search_fields = ("summary", "kind", "by__username")
    ordering = ("-id",)


@admin.register(PostingBatch)
class PostingBatchAdmin(ReadOnly):
    list_display = ("id", "source", "by", "at", "accepted", "updated", "unchanged", "rejected")
    list_filter = ("source",)
    list_select_related = ("by",)
