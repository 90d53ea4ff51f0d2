"""Deciding rows: one stream, the baseline, the blend or a number becomes the consensus (docs/consensus.md)."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from django.db import transaction
from numpy.typing import NDArray

from planning.actions.demand import hold
from planning.actions.sheets import Cause, Edited, How, Sheet, open_sheet, save_sheet, zones_of
from planning.engine import disaggregate_first
from planning.models import ConsensusDecision, ConsensusRule, Method, SalesPlan, Stream
from planning.queries import compare, records, rows, rules, voices
from planning.queries.compare import Disputed
from planning.queries.rows import Filters
from planning.queries.rules import Rule
from sop import months
from sop.actions import changes
from sop.errors import NotAllowed, PlanningError
from sop.models import Family, User
from sop.permissions import Verb, require, scope
from sop.vectors import Vector
from sop.words import counted, percent


@dataclass(frozen=True)
class Choice:
    """How a row is decided; `stream` for one stream, `numbers` by month for a number, then with a reason."""

    method: str
    stream: str = ""
    numbers: Mapping[dt.date, float] | None = None
    reason: str = ""


@dataclass(frozen=True)
class Preview:
    """What applying the rules would do: rows, what lies between their voices, how the plan would move."""

    rows: int
    apart: float
    units: float
    money: float
    by_method: dict[str, int]


@dataclass(frozen=True, eq=False)
class _Row:
    """A row about to be decided: its series in the sheet, their values, NaN where nothing is decided."""

    key: str
    own: NDArray[np.intp]
    values: Vector
    method: str
    stream: Stream | None
    weights: dict[str, float]


@transaction.atomic
def decide(
    *,
    plan: SalesPlan,
    row: str,
    choice: Choice,
    by: User,
    chosen: Collection[dt.date] = (),
    filters: Filters | None = None,
) -> Edited:
    """Make a method's numbers the consensus of a row, in some months or in all that a department spoke of.

    Locked and frozen cells stay. PlanningError when nobody spoke, for a number without a reason, and when nothing of
    the row is free.
    """
    filters = filters or Filters(scope(by))
    plan = _open(plan, by)
    key = rows.parse(row).base
    frame = rows.leaves(key, filters)
    if choice.method == Method.NUMBER:
        return _decide_number(plan, str(key), frame, choice, by)
    spoken = compare.disputed(plan, filters, voices.voices(plan, filters, rows.below(key)))
    if not len(spoken.products):
        raise PlanningError("No department says anything else than the baseline here; there is nothing to decide.")
    stream = _stream(choice)
    weights = compare.shares(spoken, records.standing(filters.scope))
    values = compare.proposed(spoken.voices, choice.method, choice.stream, weights)
    if chosen:
        columns = [months.distance(plan.start, month) for month in chosen]
        values[:, [column for column in range(plan.horizon) if column not in columns]] = np.nan
    share = _shares(spoken, weights, np.arange(len(values))) if choice.method == Method.BLEND else {}
    sheet = _sheet(plan, spoken.voices.frame, values)
    decided = _Row(str(key), np.arange(len(values)), values, choice.method, stream, share)
    return _save(sheet, [decided], choice.reason or _why(decided, spoken.voices.streams), by)


@transaction.atomic
def apply_rules(*, plan: SalesPlan, by: User, under: float | None = None, filters: Filters | None = None) -> Edited:
    """Decide all open rows that are apart by less than `under` (None: all) by the rule of their family, in one change.

    Numbers that somebody entered stay.
    """
    filters = filters or Filters(scope(by))
    plan = _open(plan, by)
    found = _open_rows(plan, filters, under)
    if not len(found.products):
        raise PlanningError("No open row lies below that limit; there is nothing to accept.")
    decided, values = _by_rule(found, filters)
    return _save(_sheet(plan, found.voices.frame, values), decided, "By the rule of the family", by)


def preview_rules(*, plan: SalesPlan, by: User, under: float | None = None, filters: Filters | None = None) -> Preview:
    """What `apply_rules` would do; nothing is written."""
    require(by, Verb.EDIT_CONSENSUS)
    filters = filters or Filters(scope(by))
    found = _open_rows(plan, filters, under)
    if not len(found.products):
        return Preview(0, 0.0, 0.0, 0.0, {})
    decided, values = _by_rule(found, filters)
    sheet = _sheet(plan, found.voices.frame, values)
    _put(sheet, decided)
    moved = sheet.values - sheet.seen
    counts: dict[str, int] = {}
    for row in decided:
        words = row.stream.name if row.stream else str(Method(row.method).label)
        counts[words] = counts.get(words, 0) + 1
    money = float((moved * sheet.price).sum()) if filters.scope.sees_money else 0.0
    return Preview(len(decided), float(found.apart.sum()), float(moved.sum()), money, counts)


@transaction.atomic
def set_rule(*, family: Family | None, method: str, by: User, stream: str = "") -> None:
    """Set how a family (None: every family without a rule of its own) is decided; an empty method takes it away."""
    require(by, Verb.EDIT_CONSENSUS)
    mine = scope(by).families
    if mine is not None and (family is None or family.pk not in mine):
        raise NotAllowed(f"The rule of {family or 'every family'} lies outside your families.")
    if method and method not in (Method.BLEND, Method.STREAM, Method.BASELINE):
        raise PlanningError(f"“{method}” is no rule; choose the blend, one stream or the baseline.")
    ConsensusRule.objects.filter(family=family).delete()
    rule = None
    if method:
        rule = ConsensusRule.objects.create(
            family=family, method=method, stream=_stream(Choice(method, stream)) if method == Method.STREAM else None
        )
    what = changes.What(
        "consensus.rule_set",
        f"Rule of {rule}" if rule else f"Took the rule of {family or 'every family'} away",
        data={"method": method, "stream": stream},
        families=[family.code] if family else [],
    )
    changes.record(what, by=by)


# --- Rows and their values --------------------


def _open(plan: SalesPlan, by: User) -> SalesPlan:
    require(by, Verb.EDIT_CONSENSUS)
    return hold(plan)


def _stream(choice: Choice) -> Stream | None:
    if choice.method not in (Method.STREAM, Method.BLEND, Method.BASELINE):
        raise PlanningError(f"“{choice.method}” is no way to decide.")
    if choice.method != Method.STREAM:
        return None
    stream = Stream.objects.filter(code=choice.stream).first()
    if stream is None:
        raise PlanningError("Choose whose numbers to accept.")
    return stream


def _open_rows(plan: SalesPlan, filters: Filters, under: float | None) -> Disputed:
    found = compare.disputed(plan, filters)
    wanted = ~found.decided & (True if under is None else found.apart < under)
    return found.part(np.flatnonzero(wanted))


def _by_rule(found: Disputed, filters: Filters) -> tuple[list[_Row], Vector]:
    """Every row by its family's rule; cells that were decided before are left out."""
    weights = compare.shares(found, records.standing(filters.scope))
    holds, streams = rules.by_family(), {stream.code: stream for stream in Stream.objects.all()}
    own_rule = [holds[int(family)] for family in found.families]
    values = np.full(found.voices.usual.shape, np.nan)
    for rule in set(own_rule):
        mine = np.isin(found.group, [at for at, each in enumerate(own_rule) if each == rule])
        values[mine] = compare.proposed(found.voices.take(mine), rule.method, rule.stream, weights[mine])
    order = np.argsort(found.group, kind="stable")
    starts = np.searchsorted(found.group[order], np.arange(len(found.products)))
    parts = np.split(order, starts[1:])
    keys = compare.keys(found, parts)
    return [
        _row(key, own, values, rule, streams, _shares(found, weights, own) if rule.method == Method.BLEND else {})
        for key, own, rule in zip(keys, parts, own_rule, strict=True)
    ], values


def _row(
    key: str, own: NDArray[np.intp], values: Vector, rule: Rule, streams: dict[str, Stream], weights: dict[str, float]
) -> _Row:
    return _Row(key, own, values[own], rule.method, streams.get(rule.stream), weights)


def _shares(found: Disputed, weights: Vector, own: NDArray[np.intp]) -> dict[str, float]:
    return {code: round(share, 4) for code, share in compare.row_shares(found.voices, weights, own).items()}


def _decide_number(plan: SalesPlan, key: str, frame: pd.DataFrame, choice: Choice, by: User) -> Edited:
    """Totals by month, spread over the row's series in proportion to the plan, else the baseline, else equally."""
    if not choice.reason.strip():
        raise PlanningError("Say why it is this number: a decided number needs a reason.")
    if not choice.numbers:
        raise PlanningError("Enter a number for at least one month.")
    wanted = {months.distance(plan.start, month): number for month, number in choice.numbers.items()}
    if any(not 0 <= column < plan.horizon for column in wanted):
        raise PlanningError("A month lies outside this plan.")
    sheet = open_sheet(plan, None, frame, set(wanted))
    values = np.full(sheet.values.shape, np.nan)
    for column, number in wanted.items():
        current, bound = sheet.values[:, column], _bound(sheet)[:, column]
        bases = [np.maximum(current, 0), sheet.baseline[:, column], np.ones(len(current))]
        try:
            values[:, column], _ = disaggregate_first(number, bases, locked=bound, current=current)
        except ValueError as error:
            raise PlanningError(f"{months.short(months.add(plan.start, column))}: {error}.") from error
    return _save(sheet, [_Row(key, np.arange(len(values)), values, Method.NUMBER, None, {})], choice.reason.strip(), by)


# --- Writing --------------------


def _sheet(plan: SalesPlan, frame: pd.DataFrame, values: Vector) -> Sheet:
    return open_sheet(plan, None, frame, set(np.flatnonzero(np.isfinite(values).any(axis=0)).tolist()))


def _bound(sheet: Sheet) -> NDArray[np.bool_]:
    """The cells that no decision changes."""
    bound: NDArray[np.bool_] = sheet.locked | zones_of(sheet)[0]
    return bound


def _put(sheet: Sheet, decided: list[_Row]) -> int:
    """Set what is free; returns how many cells had to stay."""
    bound, left = _bound(sheet), 0
    for row in decided:
        how = How(level=row.key if len(row.own) > 1 else "", method=_method(row))
        wanted = np.isfinite(row.values)
        left += int((wanted & bound[row.own]).sum())
        free = wanted & ~bound[row.own]
        for column in np.flatnonzero(free.any(axis=0)).tolist():
            mine = free[:, column]
            sheet.put(row.own[mine], column, row.values[mine, column], how)
    return left


def _save(sheet: Sheet, decided: list[_Row], reason: str, by: User) -> Edited:
    left = _put(sheet, decided)
    if not sheet.touched.any():
        raise PlanningError("All of it is locked or frozen; unlock it, or ask for approval on the Demand page.")
    note = f"{counted(left, 'cell')} locked or frozen, left as they were." if left else ""
    edited = save_sheet(sheet, by=by, cause=Cause(reason=reason[:500]), note=note, kind="plan.edited")
    _remember(sheet, decided, edited.change_set, reason, by)
    return edited


def _remember(sheet: Sheet, decided: list[_Row], change_set: uuid.UUID, reason: str, by: User) -> None:
    """A decision for each row that something was set on."""
    found = []
    for row in decided:
        columns = np.flatnonzero(sheet.touched[row.own].any(axis=0))
        if not columns.size:
            continue
        span = slice(columns[0], columns[-1] + 1)
        found.append(
            ConsensusDecision(
                plan=sheet.plan,
                row=row.key,
                first_month=months.add(sheet.plan.start, int(columns[0])),
                last_month=months.add(sheet.plan.start, int(columns[-1])),
                method=row.method,
                stream=row.stream,
                weights=row.weights,
                quantity=float(sheet.values[row.own, span].sum()),
                reason=reason[:500],
                by=by,
                change_set=change_set,
            )
        )
    ConsensusDecision.objects.bulk_create(found, batch_size=500)


def _method(row: _Row) -> str:
    return f"stream:{row.stream.code}" if row.stream else row.method


def _why(row: _Row, streams: list[str]) -> str:
    """What stands as the reason when nobody gives one."""
    if row.stream:
        return f"Accepted the numbers of {row.stream.name}"
    if row.method == Method.BASELINE:
        return "Accepted the baseline"
    parts = [f"{code} {percent(row.weights[code], 0)}" for code in streams if row.weights.get(code)]
    return f"Blend by record: {', '.join(parts)}"
