"""How many months of the sales plan are frozen and slushy, family by family; and the edits that wait for approval."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planning.models import Fence
from sop.models import Family


@dataclass(frozen=True)
class Zones:
    """Per family the months that are frozen, and up to where they are slushy."""

    frozen: dict[int, int]
    slushy: dict[int, int]

    @property
    def any(self) -> bool:
        return any(self.slushy.values())

    def strictest(self, families: Collection[int]) -> tuple[int, int]:
        """The farthest frozen and slushy month among some families."""
        return (
            max((self.frozen.get(pk, 0) for pk in families), default=0),
            max((self.slushy.get(pk, 0) for pk in families), default=0),
        )

    def masks(self, families: NDArray[np.int64], horizon: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which cells `[series, month]` are frozen, and which slushy, for series of these families."""
        month = np.arange(horizon)
        frozen = month < np.array([[self.frozen.get(int(pk), 0)] for pk in families]).reshape(-1, 1)
        slushy = month < np.array([[self.slushy.get(int(pk), 0)] for pk in families]).reshape(-1, 1)
        return frozen, slushy & ~frozen


def zones() -> Zones:
    """The zones of every family: its own fence, else the nearest above it, else the one for all. Two queries."""
    fences = {fence.family_id: (fence.frozen_months, fence.slushy_months) for fence in Fence.objects.all()}
    if not fences:
        return Zones({}, {})
    parents = dict(Family.objects.values_list("pk", "parent_id"))

    def of(pk: int | None) -> tuple[int, int]:
        while pk is not None and pk not in fences:
            pk = parents[pk]
        return fences.get(pk, (0, 0))

    found = {pk: of(pk) for pk in parents}
    return Zones(
        {pk: frozen for pk, (frozen, _) in found.items()},
        {pk: frozen + slushy for pk, (frozen, slushy) in found.items()},
    )
