"""Which series something covers that names a product, a family, a market, or nothing in particular."""

from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planning.models import Assumption
from sop.models import Family, Market

Mask = NDArray[np.bool_]
Parents = dict[int, int | None]


class Reach:
    """Masks over a frame of series (`sop.queries.series.frame`). Two queries, for both trees."""

    def __init__(self, series: pd.DataFrame) -> None:
        self.products = series["product"].to_numpy()
        self._families, self._markets = series["family"].to_numpy(), series["market"].to_numpy()

    def of(self, assumption: Assumption) -> Mask:
        """The series that an assumption covers."""
        return self.covered(assumption.product_id, assumption.family_id, assumption.market_id)

    def covered(self, product: int | None = None, family: int | None = None, market: int | None = None) -> Mask:
        """The series of a product, or of a family, in a market, each with all below it; None: any."""
        mask: Mask = np.ones(len(self.products), dtype=bool)
        if product:
            mask &= self.products == product
        if family:
            mask &= np.isin(self._families, below(self._family_tree, family))
        if market:
            mask &= np.isin(self._markets, below(self._market_tree, market))
        return mask

    @cached_property
    def _family_tree(self) -> Parents:
        return dict(Family.objects.values_list("pk", "parent_id"))

    @cached_property
    def _market_tree(self) -> Parents:
        return dict(Market.objects.values_list("pk", "parent_id"))


def below(parents: Parents, root: int) -> list[int]:
    """A node of a tree and everything below it."""
    found = {root}
    while more := {pk for pk, parent in parents.items() if parent in found} - found:
        found |= more
    return list(found)
