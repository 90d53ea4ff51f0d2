"""Master data: lists, single rows, and many rows put at once through the checks that files go through."""

from collections.abc import Sequence
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer

from sop.actions.cells import code_field
from sop.actions.importing import Outcome, Table, import_records
from sop.api.authentication import user_of
from sop.api.filters import MonthFilter, TreeFilter
from sop.api.permissions import MayView
from sop.api.serializers import UpsertedSerializer, row_serializer
from sop.api.versions import require_match, tagged
from sop.errors import NotAllowed, PlanningError
from sop.models import Family, Market
from sop.permissions import Verb, require, scope

RECORDS_AT_ONCE = 10_000


class MasterViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """Rows of a table, in the families and markets of the user; `PUT` adds and changes rows by key, `PATCH` one."""

    table: ClassVar[Table]
    family_path: ClassVar[str] = ""
    market_path: ClassVar[str] = ""
    only_money: ClassVar[bool] = False
    permission_classes = [MayView]
    lookup_value_regex = "[^/]+"

    def get_queryset(self) -> QuerySet[Any]:
        queryset = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return queryset
        mine = scope(user_of(self.request))
        if self.only_money and not mine.sees_money:
            raise NotAllowed("You may not see prices and costs. Ask your S&OP coordinator for the role that can.")
        for path, covered in ((self.family_path, mine.families), (self.market_path, mine.markets)):
            if path and covered is not None:
                queryset = queryset.filter(**{f"{path}__in": covered})
        return queryset

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return tagged(self.get_serializer(self.get_object()).data)

    def upsert(self, request: Request) -> Response:
        require(user_of(request), Verb.EDIT_MASTER_DATA)
        outcome = import_records(self.table, records_of(request.data), by=user_of(request))
        return Response(answer(outcome))

    def change(self, request: Request, **key: str) -> Response:
        """Change some fields of one row."""
        require(user_of(request), Verb.EDIT_MASTER_DATA)
        shown = self.get_serializer(self.get_object()).data
        require_match(request, shown)
        if not isinstance(request.data, dict):
            raise PlanningError("Send an object with the fields to change.", status=400)
        record = {**{name: value for name, value in shown.items() if value is not None}, **request.data}
        outcome = import_records(
            self.table, [{**record, **{name: shown[name] for name in self.table.key}}], by=user_of(request)
        )
        if outcome.rejected:
            raise PlanningError("Some fields are not right.", errors=errors_of(outcome)[0]["errors"], status=400)
        return tagged(self.get_serializer(self.get_object()).data)


def records_of(body: Any) -> Sequence[Any]:
    """The rows of a PUT."""
    if not isinstance(body, list):
        raise PlanningError("Send a list of rows.", status=400)
    if len(body) > RECORDS_AT_ONCE:
        raise PlanningError(f"Send at most {RECORDS_AT_ONCE:,} rows at once; these are {len(body):,}.", status=413)
    return body


def answer(outcome: Outcome) -> dict[str, Any]:
    return {
        "created": outcome.created,
        "updated": outcome.updated,
        "unchanged": outcome.unchanged,
        "rejected": errors_of(outcome),
    }


def errors_of(outcome: Outcome) -> list[dict[str, Any]]:
    by_row: dict[int, dict[str, list[str]]] = {}
    for error in outcome.errors:
        by_row.setdefault(error.row, {}).setdefault(error.field, []).append(error.message)
    return [{"index": index, "errors": errors} for index, errors in sorted(by_row.items())]


def master(name: str, table: Table, *, money: tuple[str, ...] = (), **attributes: Any) -> type[MasterViewSet]:
    """The viewset of a table. `name` is the row's, in the singular; `money` its columns that only some may see."""
    keyed = any(column.name == "code" for column in table.columns)
    serializer = row_serializer(name, table, money=money)
    related = [column.target.removesuffix("_id") for column in table.columns if column.target.endswith("_id")]
    body = {
        "__doc__": serializer.__doc__,
        "table": table,
        "queryset": table.model._default_manager.order_by("pk").select_related(*related),
        "serializer_class": serializer,
        "filterset_class": _filters(name, table),
        "lookup_field": "code" if keyed else "pk",
        **attributes,
    }
    return _described(type(f"{name}ViewSet", (MasterViewSet,), body), serializer, patch=keyed)


def _described(
    viewset: type[MasterViewSet], serializer: type[ModelSerializer[Any]], *, patch: bool
) -> type[MasterViewSet]:
    """Name the verbs for the schema; only what has a code can be changed one by one."""
    put = extend_schema(request=serializer(many=True), responses=UpsertedSerializer)
    viewset.upsert = put(_own(viewset.upsert))  # type: ignore[method-assign]
    if patch:
        describe = extend_schema(request=serializer, responses=serializer)
        viewset.partial_update = describe(_own(viewset.change))  # type: ignore[attr-defined]
    return viewset


def _own(method: Any) -> Any:
    """A copy, so that each viewset's method carries its own description."""

    def copy(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        return method(self, request, *args, **kwargs)

    copy.__doc__ = method.__doc__
    return copy


def _filters(name: str, table: Table) -> type[django_filters.FilterSet]:
    filters: dict[str, Any] = {}
    for column in table.columns:
        if column.target.endswith("_id"):
            source = column.target.removesuffix("_id")
            tree: Any = table.model._meta.get_field(source).related_model
            is_tree = tree in (Family, Market) and column.name != "parent"
            by_code = f"{source}__{code_field(tree)}"
            filters[column.name] = (
                TreeFilter(tree, source) if is_tree else django_filters.CharFilter(field_name=by_code)
            )
        elif column.name == "month":
            filters["month"] = MonthFilter(field_name="month", label="A month, 2013-06")
    return type(f"{name}Filter", (django_filters.FilterSet,), filters)
