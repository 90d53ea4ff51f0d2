"""Forecasts that a system posts into a stream: a CRM, or the portal where customers say what they will order."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from planning.actions.demand import hold
from planning.actions.editing import CellEdit, edit_cells
from planning.actions.sheets import Cause
from planning.models import Input, SalesPlan, SalesPlanLine, Stream
from planning.queries.rows import Filters
from sop import months
from sop.errors import PlanningError
from sop.models import User
from sop.permissions import Scope, Verb, require, scope

RECORDS_AT_ONCE = 10_000
REASON_LENGTH = 500
LARGEST = 1e12
Errors = dict[str, list[str]]
Place = tuple[int, dt.date]


@dataclass(frozen=True)
class Record:
    """A record that is understood: where, how much (None: as the baseline), and why."""

    index: int
    series: int
    month: dt.date
    quantity: float | None
    reason: str


@dataclass
class Receipt:
    """What became of the records of a post; `rejected` by their index."""

    accepted: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: dict[int, Errors] = field(default_factory=dict)


@transaction.atomic
def post_entries(*, plan: SalesPlan, stream: Stream, records: Sequence[Any], by: User) -> Receipt:
    """Take what a system says about products, markets and months; good records are kept when others are bad.

    The last record of a cell counts. One that says what is there already changes nothing, so a post may be repeated.
    """
    require(by, Verb.ENTER_STREAM, department=stream.department)
    plan = hold(plan)
    receipt = Receipt()
    wanted = _understood(plan, records, scope(by), receipt)
    standing = _standing(plan, stream, {series for series, _ in wanted})
    news: dict[str, list[Record]] = {}
    for place, record in wanted.items():
        said = standing.get(place)
        if said == (record.quantity, record.reason) or (said is None and record.quantity is None):
            receipt.unchanged += 1
        else:
            news.setdefault(record.reason, []).append(record)
    for reason, group in news.items():
        for record in _save(plan, stream, group, reason, by, receipt):
            known = (record.series, record.month) in standing
            receipt.accepted, receipt.updated = receipt.accepted + (not known), receipt.updated + known
    receipt.unchanged += len(records) - len(wanted) - sum(index not in _kept(wanted) for index in receipt.rejected)
    return receipt


def _understood(plan: SalesPlan, records: Sequence[Any], mine: Scope, receipt: Receipt) -> dict[Place, Record]:
    """The records that can be taken, by cell; what is wrong with the others goes into the receipt."""
    lines = SalesPlanLine.objects.filter(mine.series("series__"), plan=plan, series__isnull=False)
    columns = ("series__product__code", "series__market__code", "series_id")
    known = {(product, market): pk for product, market, pk in lines.values_list(*columns)}
    found: dict[Place, Record] = {}
    for index, record in enumerate(records):
        try:
            taken = _record(index, record, known, plan)
        except PlanningError as refusal:
            receipt.rejected[index] = refusal.errors
        else:
            found[taken.series, taken.month] = taken
    return found


def _record(index: int, record: Any, known: Mapping[tuple[str, str], int], plan: SalesPlan) -> Record:
    if not isinstance(record, Mapping):
        raise PlanningError("", errors={"record": ["Send an object with product, market, month and quantity."]})
    errors: Errors = {}
    series = known.get((str(record.get("product", "")), str(record.get("market", ""))))
    if series is None:
        errors["product"] = ["The plan has no such product in this market, or it lies outside your part of it."]
    month = _month(record.get("month"), plan, errors)
    quantity = _quantity(record.get("quantity", ""), errors)
    reason = record.get("reason") or ""
    if not isinstance(reason, str) or len(reason) > REASON_LENGTH:
        errors["reason"] = [f"Write a text of at most {REASON_LENGTH} letters."]
    if errors or series is None or month is None:
        raise PlanningError("", errors=errors)
    return Record(index, series, month, quantity, reason.strip())


def _month(given: Any, plan: SalesPlan, errors: Errors) -> dt.date | None:
    try:
        month = months.parse(str(given))
    except ValueError as error:
        errors["month"] = [str(error)]
        return None
    if month not in plan.months:
        errors["month"] = [f"{months.short(month)} is not a month of this plan."]
    return month


def _quantity(given: Any, errors: Errors) -> float | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        errors["quantity"] = ["Send a number, or null for the baseline."]
    elif not 0 <= given <= LARGEST:
        errors["quantity"] = ["The quantity cannot be negative, nor beyond what can be planned."]
    else:
        return float(given)
    return None


def _standing(plan: SalesPlan, stream: Stream, series: set[int]) -> dict[Place, tuple[float | None, str]]:
    entries = Input.objects.filter(plan=plan, stream=stream).values_list("series", "month", "quantity", "reason")
    return {(key, month): (quantity, reason) for key, month, quantity, reason in entries if key in series}


def _save(
    plan: SalesPlan, stream: Stream, group: list[Record], reason: str, by: User, receipt: Receipt
) -> list[Record]:
    """Save records of one reason as one gesture; cells that are refused, such as locked ones, are left out."""
    while group:
        edits = [CellEdit(f"series:{each.series}/measure:{stream.code}", each.month, each.quantity) for each in group]
        try:
            with transaction.atomic():
                edit_cells(plan=plan, edits=edits, by=by, cause=Cause(reason), filters=Filters(scope(by)))
        except PlanningError as refusal:
            refused = {int(name.split(".")[1]): told for name, told in refusal.errors.items() if "cells." in name}
            if not refused:
                raise
            receipt.rejected |= {group[number].index: {"quantity": told} for number, told in refused.items()}
            group = [each for number, each in enumerate(group) if number not in refused]
        else:
            return group
    return []


def _kept(wanted: Mapping[Place, Record]) -> set[int]:
    return {record.index for record in wanted.values()}
