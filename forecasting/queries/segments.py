"""ABC and XYZ: which series carry the business, and which of them can be forecast.

A, B, C: the series in order of what they earned in the last twelve months (units for people who do not see money);
those that make up the first 80 % are A, those up to 95 % B, the rest C. X, Y, Z: by the WAPE of the test: up to 20 % X,
up to 50 % Y, above it or without a test Z.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from forecasting.queries.portfolio import Portfolio
from sop.permissions import Scope

A_SHARE, B_SHARE = 0.80, 0.95
X_WAPE, Y_WAPE = 0.20, 0.50
ADVICE = {
    "AX": "Leave it to the forecast; look at exceptions only.",
    "AY": "Ask sales for what they know: events, large orders.",
    "AZ": "Plan these by hand, with the customer where you can.",
    "BX": "Leave it to the forecast.",
    "BY": "Leave it to the forecast; check the bias.",
    "BZ": "Hold stock rather than chase accuracy.",
    "CX": "Leave it to the forecast.",
    "CY": "Leave it to the forecast.",
    "CZ": "Make to order, or drop it.",
}
BINS = (0.1, 0.2, 0.3, 0.5, 1.0)


@dataclass(frozen=True)
class Segment:
    """A cell of the table: how many series, and their share of the total."""

    code: str
    count: int
    share: float

    @property
    def advice(self) -> str:
        return ADVICE[self.code]


@dataclass(frozen=True)
class Bin:
    """Series whose WAPE lies between two bounds; `share` of series, `weight` of what was sold."""

    name: str
    count: int
    share: float
    weight: float


def segments(portfolio: Portfolio, scope: Scope) -> list[list[Segment]]:
    """Rows A, B, C with cells X, Y, Z. No query."""
    worth = np.maximum(portfolio.series["revenue" if scope.sees_money else "units"].to_numpy(dtype=np.float64), 0.0)
    abc, xyz = abc_classes(worth), xyz_classes(portfolio.series["wape"].to_numpy())
    total = worth.sum() or 1.0
    return [
        [_segment(f"{letter}{grade}", (abc == letter) & (xyz == grade), worth / total) for grade in "XYZ"]
        for letter in "ABC"
    ]


def accuracy(portfolio: Portfolio) -> list[Bin]:
    """How many series are forecast how well. No query."""
    wape = portfolio.series["wape"].to_numpy()
    sold = np.maximum(portfolio.series["units"].to_numpy(dtype=np.float64), 0.0)
    place = np.where(np.isfinite(wape), np.searchsorted(BINS, wape, side="left"), len(BINS) + 1)
    bounds = [0, *(round(100 * bound) for bound in BINS)]
    names = [f"{low} to {high} %" for low, high in pairwise(bounds)]
    names += [f"over {bounds[-1]} %", "no test"]
    count, weight = len(wape) or 1, sold.sum() or 1.0
    return [
        Bin(name, int((place == at).sum()), float((place == at).sum() / count), float(sold[place == at].sum() / weight))
        for at, name in enumerate(names)
    ]


def abc_classes(worth: NDArray[np.float64]) -> NDArray[np.str_]:
    """A series is A when those before it have not yet made up 80 %: the largest one always is."""
    order = np.argsort(-worth, kind="stable")
    before = np.cumsum(worth[order]) - worth[order]
    share = before / (worth.sum() or 1.0)
    classes = np.full(len(worth), "C")
    classes[order] = np.where(
        worth[order] <= 0, "C", np.where(share < A_SHARE, "A", np.where(share < B_SHARE, "B", "C"))
    )
    return classes


def xyz_classes(wape: NDArray[np.float64]) -> NDArray[np.str_]:
    with np.errstate(invalid="ignore"):
        return np.where(wape <= X_WAPE, "X", np.where(wape <= Y_WAPE, "Y", "Z"))


def _segment(code: str, inside: NDArray[np.bool_], share: NDArray[np.float64]) -> Segment:
    return Segment(code, int(inside.sum()), float(share[inside].sum()))
