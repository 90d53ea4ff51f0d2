"""What planning adds to the search."""

from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from planning.models import Assumption
from sop import months
from sop.models import User
from sop.permissions import Scope, scope
from sop.queries.search import Found, rank_of, ranked


def assumptions(user: User, text: str) -> list[Found]:
    """Assumptions by name or number (A-14), each opening the Demand page where it works."""
    known = Assumption.objects.filter(_of(scope(user))).select_related("product", "family", "market")
    named = ranked(known, text, "name")
    number = text.upper().removeprefix("A-")
    numbered = known.filter(pk=int(number)) if number.isascii() and number.isdecimal() and len(number) < 10 else []
    found = {each.pk: each for each in [*numbered, *named]}
    return [
        Found("Assumptions", each.name, _place(each), each.code, rank_of(text, each.code, each.name) or 0)
        for each in found.values()
    ]


def _of(mine: Scope) -> Q:
    """Those on something the user sees all of, and those on everything."""
    where = Q()
    if mine.families is not None:
        of_family = Q(product__isnull=True) & (Q(family__isnull=True) | Q(family__in=mine.families))
        where &= of_family | Q(product__family__in=mine.families)
    if mine.markets is not None:
        where &= Q(market__isnull=True) | Q(market__in=mine.markets)
    return where


def _place(assumption: Assumption) -> str:
    row = "total"
    if assumption.product:
        row = f"product:{assumption.product.code}"
    elif assumption.family:
        row = f"family:{assumption.family.code}"
    query = {"row": row, "month": months.code(assumption.first_month)}
    if assumption.market:
        query["market"] = assumption.market.code
    return f"{reverse('planning:demand')}?{urlencode(query)}"
