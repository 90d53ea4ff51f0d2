"""Search across the system: every app offers what it knows, in the scope of who asks.

`SEARCHES` in the settings names the providers, so that an app above this one is reached by name only.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.module_loading import import_string

from sop.models import Cycle, Family, Market, Product, Series, User
from sop.models.named import Named
from sop.permissions import scope

SHOWN_OF_A_KIND = 6
LONGEST = 100
# Where a text was found: the code is it, code or name begin with it, a word of the name does, or it is in the middle.
EXACT, START, WORD, MIDDLE = range(4)


@dataclass(frozen=True)
class Found:
    """A thing that can be opened."""

    kind: str
    name: str
    url: str
    code: str = ""
    rank: int = MIDDLE

    def as_json(self) -> dict[str, object]:
        return {name: value for name, value in asdict(self).items() if name != "rank"}


Provider = Callable[[User, str], list[Found]]


def find(user: User, text: str) -> list[Found]:
    """What the user may open under this text, the best first; kinds in the order of their best."""
    wanted = " ".join(text.split())[:LONGEST]
    if not wanted:
        return []
    kinds: dict[str, list[Found]] = {}
    for name in settings.SEARCHES:
        provider: Provider = import_string(name)
        for found in provider(user, wanted):
            kinds.setdefault(found.kind, []).append(found)
    ranked = sorted(kinds.values(), key=lambda found: min(each.rank for each in found))
    return [each for found in ranked for each in sorted(found, key=lambda each: each.rank)[:SHOWN_OF_A_KIND]]


def ranked(rows: QuerySet[Any], text: str, *names: str) -> list[Any]:
    """The first rows with a text in one of these columns: those that begin with it, then those that have it elsewhere.

    In the order of an index, so that a text that fits everything is found at once. One that fits little takes a look at
    every row, and only one: what was found is then all there is, and those that begin with it need not be looked for.
    """
    found = list(rows.filter(any_of(names, "icontains", text)).order_by(names[0])[:SHOWN_OF_A_KIND])
    if len(found) < SHOWN_OF_A_KIND:
        return sorted(found, key=lambda row: not _begins(text, *(getattr(row, name) for name in names)))
    begun = list(rows.filter(any_of(names, "istartswith", text)).order_by(names[0])[:SHOWN_OF_A_KIND])
    known = {row.pk for row in begun}
    return [*begun, *(row for row in found if row.pk not in known)][:SHOWN_OF_A_KIND]


def rank_of(text: str, *names: str) -> int | None:
    """The same for a handful of things that are in no table; None: not found."""
    wanted, lower = text.lower(), [name.lower() for name in names]
    if wanted in lower:
        return EXACT
    if any(name.startswith(wanted) for name in lower):
        return START
    if any(f" {wanted}" in name for name in lower):
        return WORD
    return MIDDLE if any(wanted in name for name in lower) else None


def _begins(text: str, *names: str) -> bool:
    return any(name.lower().startswith(text.lower()) for name in names)


def products(user: User, text: str) -> list[Found]:
    """Products that are sold in the user's families and markets."""
    mine = scope(user)
    sold = Product.objects.filter(sold=True)
    if not mine.everything:
        sold = sold.filter(pk__in=Series.objects.filter(mine.series()).values("product"))
    return [_found("Products", each, text, row=f"product:{each.code}") for each in ranked(sold, text, "code", "name")]


def families(user: User, text: str) -> list[Found]:
    covered = scope(user).families
    own = Family.objects.all() if covered is None else Family.objects.filter(pk__in=covered)
    return [_found("Families", each, text, row=f"family:{each.code}") for each in ranked(own, text, "code", "name")]


def markets(user: User, text: str) -> list[Found]:
    covered = scope(user).markets
    own = Market.objects.all() if covered is None else Market.objects.filter(pk__in=covered)
    return [_found("Markets", each, text, market=each.code) for each in ranked(own, text, "code", "name")]


def cycles(user: User, text: str) -> list[Found]:
    fitting = ((cycle, rank_of(text, cycle.code, str(cycle))) for cycle in Cycle.objects.all())
    home = reverse("home")
    return [
        Found("Cycles", str(cycle), f"{home}?cycle={cycle.code}", cycle.code, rank)
        for cycle, rank in fitting
        if rank is not None
    ]


def _found(kind: str, thing: Named, text: str, **query: str) -> Found:
    return Found(kind, thing.name, _demand(**query), thing.code, rank_of(text, thing.code, thing.name) or EXACT)


def _demand(**query: str) -> str:
    return f"{reverse('planning:demand')}?{urlencode(query)}"


def any_of(names: tuple[str, ...], lookup: str, text: str) -> Q:
    """One of these columns fits."""
    where = Q()
    for name in names:
        where |= Q(**{f"{name}__{lookup}": text})
    return where
