"""Which items of a supply case a scenario's change is about, and in which months and markets."""

import datetime as dt
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from planning.models import ScenarioChange
from planning.queries.scenarios import words
from planning.queries.supply import SupplyCase
from sop import months
from sop.errors import PlanningError
from sop.models import Family, Market, Product
from sop.permissions import parents, subtrees

Indices = NDArray[np.int64]


class Reach:
    """Reads families and markets once, and only when a change names one."""

    def __init__(self, case: SupplyCase, changes: Sequence[ScenarioChange]) -> None:
        self.case = case
        self.changes = changes

    def items(self, change: ScenarioChange) -> Indices:
        """Positions among the case's items; PlanningError when the plan has none of them."""
        pk = self.case.catalogue.pk[self.case.items]
        if change.product_id:
            found = np.flatnonzero(pk == change.product_id)
        elif change.family_id:
            found = np.flatnonzero(np.isin(self._family, list(self._below(change.family_id))))
        else:
            found = np.arange(pk.size)
        if not found.size:
            raise self.fault(change, "the plan has no such product: it is neither sold, made nor counted. Take it out")
        return found

    def products(self, change: ScenarioChange) -> Indices:
        """The same, as keys."""
        return self.case.catalogue.pk[self.case.items[self.items(change)]]

    def markets(self, change: ScenarioChange) -> frozenset[int] | None:
        """The market with all below it; None for all."""
        return subtrees(self._markets, [change.market_id]) if change.market_id else None

    def months(self, change: ScenarioChange) -> Indices:
        """The plan months that a change names, all where it names none."""
        first = self._month(change, change.first_month, 0)
        return np.arange(first, self._month(change, change.last_month, self.case.months - 1) + 1)

    def shift(self, change: ScenarioChange) -> int:
        """How many months later what is moved comes."""
        first = self._month(change, change.first_month, 0)
        return self._month(change, change.to_month, first) - first

    def resource(self, change: ScenarioChange, pk: int | None) -> int:
        """The row of a resource."""
        found = np.flatnonzero(self.case.resources == pk)
        if not found.size:
            raise self.fault(change, "there is no such resource any more. Take it out")
        return int(found[0])

    def fault(self, change: ScenarioChange, why: str) -> PlanningError:
        """What is wrong with a change, named by its place in the scenario."""
        number = next(number for number, each in enumerate(self.changes, start=1) if each is change)
        return PlanningError(f"Change {number} ({words.title(change)}): {why}.")

    def _month(self, change: ScenarioChange, month: dt.date | None, otherwise: int) -> int:
        if month is None:
            return otherwise
        place = months.distance(self.case.start, month)
        if not 0 <= place < self.case.months:
            raise self.fault(change, "the plan has no such month. Choose others")
        return place

    @cached_property
    def _family(self) -> NDArray[np.int64]:
        """[items] family keys, 0 for none."""
        family = dict(Product.objects.values_list("pk", "family_id"))
        return np.array([family[pk] or 0 for pk in self.case.catalogue.pk[self.case.items].tolist()], dtype=np.int64)

    def _below(self, family: int) -> frozenset[int]:
        return subtrees(self._families, [family])

    @cached_property
    def _families(self) -> dict[int, int | None]:
        return parents(Family)

    @cached_property
    def _markets(self) -> dict[int, int | None]:
        return parents(Market)
