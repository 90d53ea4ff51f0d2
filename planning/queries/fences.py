"""How many months of the sales plan are frozen and slushy, family by family; and the edits that wait for approval."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planning.models import Fence, FenceRequest, SalesPlan
from planning.queries import inherited
from planning.queries.inherited import Setting
from sop.models import Family, Market, User
from sop.permissions import Scope, Verb, can, codes, prepare, scope

Cells = NDArray[np.bool_]
Months = tuple[int, int]  # frozen, and slushy after them
NONE: Months = (0, 0)


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

    def masks(self, families: NDArray[np.int64], horizon: int) -> tuple[Cells, Cells]:
        """Which cells `[series, month]` are frozen, and which slushy, for series of these families."""
        known, at = np.unique(families, return_inverse=True)
        ends = np.array([[self.frozen.get(pk, 0), self.slushy.get(pk, 0)] for pk in known.tolist()]).reshape(-1, 2)[at]
        month = np.arange(horizon)
        frozen, slushy = month < ends[:, :1], month < ends[:, 1:]
        return frozen, slushy & ~frozen


def zones() -> Zones:
    """The zones of every family: its own fence, else the nearest above it, else the one for all. Two queries."""
    stored = _stored()
    if not stored:
        return Zones({}, {})
    found = inherited.of_each(stored, NONE)
    return Zones(
        {pk: frozen for pk, (frozen, _) in found.items()},
        {pk: frozen + slushy for pk, (frozen, slushy) in found.items()},
    )


def frozen(families: NDArray[np.int64], horizon: int) -> Cells:
    """Which cells `[series, month]` of series of these families are frozen. Two queries."""
    return zones().masks(families, horizon)[0]


def covers(user: User, request: FenceRequest) -> bool:
    """Whether all that a request changes lies in somebody's families and markets."""
    mine = scope(user)
    families, markets = codes(Family, mine.families), codes(Market, mine.markets)
    return (families is None or families.issuperset(request.families)) and (
        markets is None or markets.issuperset(request.markets)
    )


def approvers(request: FenceRequest) -> list[User]:
    """Who may answer a request: the right, the scope, and not the one who asks."""
    people: Iterable[User] = prepare(User.objects.filter(is_active=True).exclude(pk=request.by_id))
    return [user for user in people if can(user, Verb.BREAK_FENCE) and covers(user, request)]


def requests(plan: SalesPlan, user: User) -> list[FenceRequest]:
    """The open requests that somebody may answer, and all that they made themselves, newest first."""
    found = FenceRequest.objects.filter(plan=plan).select_related("by", "decided_by")
    own = [request for request in found if request.by_id == user.pk]
    if not can(user, Verb.BREAK_FENCE):
        return own
    open_ones = [request for request in found if request.state == FenceRequest.State.OPEN and request not in own]
    return [request for request in open_ones if covers(user, request)] + own


def settings_of(mine: Scope) -> list[Setting[Months]]:
    """The families somebody may set fences for, as a tree with what each inherits. Two queries."""
    return inherited.settings(_stored(), NONE, "All families", mine)


def _stored() -> dict[int | None, Months]:
    return {fence.family_id: (fence.frozen_months, fence.slushy_months) for fence in Fence.objects.all()}
