"""Views of a page that people keep: their own, and those that others share as far as a reader's rights reach."""

from dataclasses import dataclass

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse

from planning.models import SavedView
from planning.queries.valuation import UNITS
from sop.models import Family, Market, User
from sop.permissions import codes, scope

PAGES = {"planning:demand": "Demand", "planning:supply": "Supply", "reviews:performance": "Performance"}
# What a view does not keep: it opens in whatever cycle the reader is in.
LEFT_OUT = ("cycle",)


@dataclass(frozen=True)
class Kept:
    """A view as a menu lists it; `current` when the page shows just that."""

    view: SavedView
    url: str
    mine: bool
    current: bool


def listed(page: str, user: User, shown: str) -> list[Kept]:
    """The user's views of a page, then those that others share and whose family, market and unit the user may see."""
    found = SavedView.objects.filter(Q(owner=user) | Q(shared=True), page=page).select_related("owner")
    mine = scope(user)
    families, markets = codes(Family, mine.families), codes(Market, mine.markets)
    here = cleaned(shown)

    def allowed(view: SavedView) -> bool:
        asked = QueryDict(view.query)
        return (
            _covers(families, asked.get("family", ""))
            and _covers(markets, asked.get("market", ""))
            and (mine.sees_money or asked.get("unit", UNITS) == UNITS)
        )

    listed_ = [
        Kept(view, address(view), view.owner_id == user.pk, view.query == here)
        for view in found
        if view.owner_id == user.pk or allowed(view)
    ]
    return sorted(listed_, key=lambda kept: (not kept.mine, kept.view.name.lower()))


def address(view: SavedView) -> str:
    """Where a view leads."""
    return f"{reverse(view.page)}?{view.query}" if view.query else reverse(view.page)


def cleaned(query: str) -> str:
    """What of an address a view keeps, in a fixed order."""
    asked = QueryDict(query)
    pairs = [(name, value) for name in sorted(asked) if name not in LEFT_OUT for value in asked.getlist(name) if value]
    kept = QueryDict(mutable=True)
    for name, value in pairs:
        kept.appendlist(name, value)
    return kept.urlencode()


def _covers(covered: frozenset[str] | None, code: str) -> bool:
    return covered is None or not code or code in covered
