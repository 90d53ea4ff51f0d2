"""The rows of the portfolio that a page can ask about: everything, a family, a product, a series."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from sop.errors import NotFound, PlanningError
from sop.models import Family, Market, Product, Series
from sop.permissions import Scope, descendants

TOTAL = "total"
NAMES_SHOWN = 3


@dataclass(frozen=True)
class Row:
    """A row by its key (`total`, `family:BIKES`, `product:BK-1`, `series:12`), and the series that make it up."""

    key: str
    label: str
    where: Q  # on series

    @property
    def kind(self) -> str:
        return self.key.partition(":")[0]

    @property
    def series_pk(self) -> int:
        """The key of the series, for a row that is one."""
        return int(self.key.partition(":")[2])

    @property
    def lines(self) -> Q:
        """A filter on what points at a series."""
        return Q(series__in=Series.objects.filter(self.where).values("pk"))


def selection(keys: Sequence[str], scope: Scope) -> Row:
    """The series of any of several rows as one row; refused as `row` is. At most two queries for each."""
    rows = [row(key, scope) for key in keys]
    whole = [each for each in rows if each.kind == TOTAL]
    if whole or len(rows) == 1:
        return (whole or rows)[0]
    if not rows:
        raise PlanningError("Choose at least one row.", status=400)
    names = ", ".join(each.label for each in rows[:NAMES_SHOWN])
    more = f" and {len(rows) - NAMES_SHOWN} more" if len(rows) > NAMES_SHOWN else ""
    return Row(" ".join(each.key for each in rows), names + more, reduce(or_, (each.where for each in rows)))


def part_again(keys: Sequence[str], market: str, scope: Scope) -> dict[str, Any]:
    """What the forecast job is told to forecast only these rows again, in one market or, with a blank, in all."""
    chosen = selection(keys, scope)
    found = Market.objects.filter(code=market).first() if market else None
    if market and found is None:
        raise NotFound(f"There is no market “{market}”.")
    label = f"{chosen.label} in {found.name}" if found else chosen.label
    return {"rows": list(keys), "market": market, "label": label}


def row(key: str, scope: Scope) -> Row:
    """NotFound when there is no such row, or the user may not know of it. At most two queries."""
    kind, _, name = key.partition(":")
    found = None
    if kind == TOTAL and not name:
        found = Row(TOTAL, "All families", Q())
    elif kind == "family":
        found = _family(name, scope)
    elif kind == "product":
        found = _product(name, scope)
    elif kind == "series" and name.isdecimal():
        found = _series(int(name), scope)
    if found is None:
        raise NotFound(f"There is no row “{key}”, or it lies outside your families and markets.")
    return Row(found.key, found.label, found.where & scope.series())


def _family(code: str, scope: Scope) -> Row | None:
    family = Family.objects.filter(code=code).first()
    if family is None:
        return None
    covered = descendants(Family, [family.pk])
    if scope.families is not None and not covered & scope.families:
        return None
    return Row(f"family:{code}", family.name, Q(product__family__in=covered))


def _product(code: str, scope: Scope) -> Row | None:
    product = Product.objects.filter(code=code, sold=True).first()
    if product is None or (scope.families is not None and product.family_id not in scope.families):
        return None
    return Row(f"product:{code}", product.name, Q(product=product.pk))


def _series(pk: int, scope: Scope) -> Row | None:
    series = Series.objects.filter(scope.series(), pk=pk).select_related("product", "market").first()
    return Row(f"series:{pk}", str(series), Q(pk=pk)) if series else None
