"""Filters by code. A family or market stands for itself and all below it."""

from typing import Any

import django_filters
from django.db.models import Model, Q, QuerySet

from sop import months
from sop.errors import PlanningError
from sop.models import Family, Market
from sop.permissions import descendants

LEVELS = (("leaf", "product × market"), ("total", "family × market"))


def below(tree: type[Model], code: str) -> frozenset[int]:
    """The ids of a node and all below it; none when nothing has the code."""
    return descendants(tree, tree._default_manager.filter(code=code).values_list("pk", flat=True))


def month_of(name: str, written: str) -> Any:
    """A month in a query string."""
    try:
        return months.parse(written)
    except ValueError as error:
        raise PlanningError(f"{name}: {error}", errors={name: [str(error)]}, status=400) from error


class TreeFilter(django_filters.CharFilter):
    """A node's code; `paths` are the columns that may hold it or one below it."""

    def __init__(self, tree: type[Model], *paths: str) -> None:
        super().__init__(label=f"Code of a {tree._meta.verbose_name}, which stands for all below it too")
        self.tree, self.paths = tree, paths

    def filter(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return queryset
        ids, clause = below(self.tree, value), Q()
        for path in self.paths:
            clause |= Q(**{f"{path}__in": ids})
        return queryset.filter(clause)


class MonthFilter(django_filters.CharFilter):
    """A month, written 2013-06."""

    def filter(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return queryset
        return queryset.filter(**{f"{self.field_name}__{self.lookup_expr}": month_of(str(self.field_name), value)})


class LineFilter(django_filters.FilterSet):
    """Leaves by default, or the totals; by codes."""

    level = django_filters.ChoiceFilter(choices=LEVELS, method="of_level", label="leaf (default) or total")
    product = django_filters.CharFilter(field_name="series__product__code", label="Code of a product")
    family = TreeFilter(Family, "series__product__family", "family")
    market = TreeFilter(Market, "series__market", "market")

    def of_level(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(series__isnull=value == "total")

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.form.cleaned_data.get("level"):
            queryset = queryset.filter(series__isnull=False)
        return super().filter_queryset(queryset)
