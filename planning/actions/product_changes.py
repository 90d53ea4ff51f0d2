"""Planning that a product comes, takes over from another, or goes: one verb for each, and the plan follows at once."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction

from planning.actions import events
from planning.actions.events import Moved
from planning.models import Cannibalisation, ProductChange, Routing, SupplyPolicy
from planning.queries.events import last_of_predecessor
from planning.queries.product_changes import lacking_series
from sop import months
from sop.actions import changes
from sop.errors import Conflict, NotAllowed, NotFound, PlanningError
from sop.models import Family, Market, Product, ProductCost, ProductPrice, Series, User
from sop.permissions import Verb, codes, descendants, require, scope
from sop.queries import cycles
from sop.queries import series as series_queries
from sop.words import counted, difference, units

Kind, State = ProductChange.Kind, ProductChange.State
LONGEST_RAMP = 36


@dataclass(frozen=True)
class NewProduct:
    """A product that is not in the master data yet; all but code and name is taken from the like product."""

    code: str
    name: str


@dataclass(frozen=True)
class Facts:
    """What somebody says about a product change. `follows` is the like product of a launch, or the predecessor."""

    kind: str
    product: Product | NewProduct
    month: dt.date
    follows: Product | None = None
    market: Market | None = None
    ramp_months: int = 0
    level: float = 1.0
    run_out: bool = False
    note: str = ""
    losers: Sequence[tuple[Product, float]] = ()
    owner: User | None = None


@dataclass(frozen=True)
class Kept:
    """A product change as it now is, and what that did to the working plan."""

    change: ProductChange
    moved: Moved

    @property
    def note(self) -> str:
        """What happened to the plan, in words."""
        what = f"{self.change} is kept"
        if self.moved.refused:
            return f"{what}. {self.moved.refused}"
        if not self.moved.lines:
            return f"{what}; the plan’s numbers are the same."
        change = difference(self.moved.units, units(self.moved.units))
        return f"{what}; the plan moves by {change} units in {counted(self.moved.lines, 'row')}."


@transaction.atomic
def add(*, facts: Facts, by: User) -> Kept:
    """Plan a launch, a succession or an end of life."""
    require(by, Verb.ASSUME)
    _check(facts)
    _require_within(by, facts)
    change = ProductChange(owner=facts.owner or by)
    return _write(change, facts, by, "planned", set())


@transaction.atomic
def change(*, change: ProductChange, facts: Facts, by: User, row_version: int | None = None) -> Kept:
    """Write a product change anew, such as a month that slips."""
    held = _held(change, by, row_version)
    _check(facts)
    _require_within(by, facts)
    before = _products(held)
    _release(held)
    held.row_version += 1
    return _write(held, facts, by, "changed", before)


@transaction.atomic
def withdraw(*, change: ProductChange, by: User, row_version: int | None = None) -> Kept:
    """Give a product change up: its products plan as if it had never been."""
    held = _held(change, by, row_version)
    told = _told(held)
    _release(held)
    held.state = State.WITHDRAWN
    held.row_version += 1
    held.save()
    return _kept(held, "withdrawn", f"Withdrew: {held}", by, _catch_up(_products(held)), told)


def _held(change: ProductChange, by: User, row_version: int | None) -> ProductChange:
    require(by, Verb.ASSUME)
    related = ("product", "like_product", "predecessor", "market", "owner")
    found = ProductChange.objects.select_for_update(of=("self",)).select_related(*related).filter(pk=change.pk).first()
    if found is None:
        raise NotFound("There is no such product change.")
    _require_within(by, facts_of(found))
    if row_version is not None and found.row_version != row_version:
        raise Conflict(
            f"Somebody has changed “{found}” since you opened it. Nothing of yours is saved: look at what it says "
            "now, then write yours again."
        )
    if found.state != State.PLANNED:
        raise PlanningError(f"{found} is withdrawn. Plan a new one instead.")
    return found


def facts_of(change: ProductChange, **instead: Any) -> Facts:
    """What a product change says, with some of it put differently."""
    told: dict[str, Any] = {
        "kind": change.kind,
        "product": change.product,
        "month": change.month,
        "follows": change.follows,
        "market": change.market,
        "ramp_months": change.ramp_months,
        "level": change.level,
        "run_out": change.run_out,
        "note": change.note,
        "losers": [(each.product, each.share) for each in change.cannibalised.select_related("product")],
        "owner": change.owner,
    }
    return Facts(**(told | instead))


def _check(facts: Facts) -> None:
    errors = {name: [text] for name, wrong, text in _tests(facts) if wrong}
    if errors:
        raise PlanningError(next(iter(errors.values()))[0], errors=errors)


def _tests(facts: Facts) -> list[tuple[str, bool, str]]:
    ends = facts.kind == Kind.END_OF_LIFE
    own = facts.product.code
    shares = [share for _, share in facts.losers]
    names = [product.code for product, _ in facts.losers]
    return [
        ("follows", not ends and facts.follows is None, "Name the product whose volume it follows."),
        ("follows", bool(facts.follows and facts.follows.code == own), "A product cannot follow itself."),
        ("market", ends and facts.market is not None, "A product ends in all markets at once; leave the market open."),
        ("product", ends and isinstance(facts.product, NewProduct), "A product that is not there yet cannot end."),
        ("level", facts.level < 0, "The level cannot be below zero."),
        ("ramp_months", not 0 <= facts.ramp_months <= LONGEST_RAMP, f"At most {LONGEST_RAMP} months."),
        ("losers", any(not 0 < share <= 1 for share in shares), "A product loses between 0 and 100 % of the volume."),
        ("losers", sum(shares) > 1 + 1e-9, "Together they lose more than what is gained; at most 100 %."),
        ("losers", own in names or len(set(names)) < len(names), "Name each losing product once, and not itself."),
    ]


def _require_within(by: User, facts: Facts) -> None:
    mine = scope(by)
    named = [facts.follows, *(product for product, _ in facts.losers)]
    named += [facts.product] if isinstance(facts.product, Product) else []
    if mine.families is not None and any(each.family_id not in mine.families for each in named if each):
        raise NotAllowed("This reaches beyond your families. Ask the demand planner to plan it.")
    if mine.markets is not None and (facts.market is None or facts.market.pk not in mine.markets):
        raise NotAllowed("This reaches beyond your markets. Name one of yours.")
    if isinstance(facts.product, NewProduct):
        require(by, Verb.EDIT_CONSENSUS)


def _write(change: ProductChange, facts: Facts, by: User, verb: str, before: set[int]) -> Kept:
    product = facts.product if isinstance(facts.product, Product) else _create(facts.product, facts.follows)
    told = _told(change) if change.pk else {}
    change.kind, change.product, change.month, change.market = facts.kind, product, facts.month, facts.market
    change.like_product = facts.follows if facts.kind == Kind.LAUNCH else None
    change.predecessor = facts.follows if facts.kind == Kind.SUCCESSOR else None
    change.ramp_months, change.level, change.note = facts.ramp_months, facts.level, facts.note
    change.run_out = facts.run_out and facts.kind == Kind.END_OF_LIFE
    if facts.owner:
        change.owner = facts.owner
    try:
        with transaction.atomic():
            change.save()
    except IntegrityError as clash:
        raise Conflict(f"There is a {change.kind} of {product} in the plan already; change that one.") from clash
    change.cannibalised.all().delete()
    Cannibalisation.objects.bulk_create(
        Cannibalisation(change=change, product=loser, share=share) for loser, share in facts.losers
    )
    _keep_in_step(change)
    _create_series(change)
    moved = _catch_up(before | _products(change))
    summary = f"{verb.capitalize()}: {change}, {months.short(change.month)}"
    return _kept(change, verb, summary, by, moved, told)


def _create(new: NewProduct, like: Product | None) -> Product:
    """A product as the like one is: family, unit, lead time, lot, prices, cost, routing and policy."""
    if not new.code.strip() or not new.name.strip():
        raise PlanningError("A new product needs a code and a name.", errors={"product": ["Code and name."]})
    if Product.objects.filter(code=new.code.strip()).exists():
        raise Conflict(f"There is a product {new.code} already.", errors={"product": ["This code is taken."]})
    assert like is not None
    copied = ("family", "uom", "planning_factor", "strategy", "make_or_buy", "lead_time_months", "lot_multiple")
    product = Product(code=new.code.strip(), name=new.name.strip(), **{name: getattr(like, name) for name in copied})
    product.save()
    for model in (ProductPrice, ProductCost, Routing, SupplyPolicy):
        _copy(model.objects.filter(product=like), product=product)
    _copy(like.components.all(), parent=product)
    return product


def _copy(rows: Any, **instead: Product) -> None:
    for row in rows:
        row.pk = None
        for name, value in instead.items():
            setattr(row, name, value)
        row.save(force_insert=True)


def _keep_in_step(change: ProductChange) -> None:
    """The product's own dates, which forecast and supply go by."""
    product = change.product
    if change.kind == Kind.END_OF_LIFE:
        product.last_month = change.month
    else:
        product.launch_month = change.month
        product.like_product, product.predecessor = change.like_product, change.predecessor
        if change.predecessor and not change.market_id:
            change.predecessor.last_month = last_of_predecessor(change.month, change.ramp_months)
            change.predecessor.save(update_fields=["last_month"])
    product.save(update_fields=["launch_month", "last_month", "like_product", "predecessor"])


def _release(change: ProductChange) -> None:
    """Take back what the change wrote into its products."""
    product = Product.objects.get(pk=change.product_id)
    if change.kind == Kind.END_OF_LIFE:
        product.last_month = None
    else:
        product.launch_month = product.like_product = product.predecessor = None
        if change.predecessor_id and not change.market_id:
            Product.objects.filter(pk=change.predecessor_id).update(last_month=None)
    product.save(update_fields=["launch_month", "last_month", "like_product", "predecessor"])


def _create_series(change: ProductChange) -> None:
    """A row in every market of the change in which the followed product has one."""
    follows = change.like_product_id or change.predecessor_id
    Series.objects.bulk_create(
        Series(product_id=change.product_id, market_id=market, site_id=site)
        for market, site in lacking_series(change.product_id, follows, change.market_id)
    )


def _products(change: ProductChange) -> set[int]:
    followed = {change.like_product_id, change.predecessor_id} - {None}
    losers = set(change.cannibalised.values_list("product_id", flat=True))
    return {change.product_id} | {pk for pk in followed if pk} | losers


def _catch_up(products: set[int]) -> Moved:
    plan, refused = events.working_plan()
    if plan is None:
        return Moved(refused=refused)
    series = series_queries.frame()
    return events.catch_up(plan, series, np.isin(series["product"].to_numpy(), list(products)))


def _kept(change: ProductChange, verb: str, summary: str, by: User, moved: Moved, before: dict[str, Any]) -> Kept:
    after = {} if change.state == State.WITHDRAWN else _told(change)
    families = {change.product.family_id, *change.cannibalised.values_list("product__family_id", flat=True)} - {None}
    markets = codes(Market, descendants(Market, [change.market_id])) if change.market_id else None
    what = changes.What(
        f"product_change.{verb}",
        summary,
        object=f"product-change:{change.pk}",
        reason=change.note,
        data={"before": before, "after": after, "plan": moved.as_data()},
        families=codes(Family, frozenset(family for family in families if family)) or (),
        markets=markets or (),
    )
    logged = changes.record(what, by=by, cycle=cycles.newest())
    events.record(moved, f"{summary}: {units(moved.lines)} rows of the plan", by=by, change_set=logged.change_set)
    return Kept(change, moved)


def _told(change: ProductChange) -> dict[str, Any]:
    """What the log keeps."""
    return {
        "kind": change.kind,
        "product": change.product.code,
        "follows": change.follows.code if change.follows else None,
        "market": change.market.code if change.market else None,
        "month": months.code(change.month),
        "ramp_months": change.ramp_months,
        "level": change.level,
        "run_out": change.run_out,
        "losers": {each.product.code: each.share for each in change.cannibalised.select_related("product")},
    }
