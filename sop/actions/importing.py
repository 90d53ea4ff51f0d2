"""Tables as declarations, and the one way in which their rows are checked, compared and written.

A file, a page and a REST request all end here. Rows are told apart by the table's key; a row that exists is compared
and written only when it differs, so that the same rows again change nothing. A bad row is refused with its reason and
the others are taken. Nothing is ever deleted.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet

from sop import bulk, permissions
from sop.actions import changes
from sop.actions.cells import Codes, Parser, shown
from sop.actions.reading import Sheet, Source, did_you_mean, sheet
from sop.errors import NotAllowed, PlanningError
from sop.models import User

ERRORS_KEPT = 1_000
DIFFERENCES_KEPT = 500
KEYS_PER_QUERY = 1_000
NO_DEFAULT: Any = object()
LEFT_OUT: Any = object()

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Column:
    """A column of a table: how it is read, which database column it fills, and what a blank means.

    A blank that is `LEFT_OUT` is as if the row had no such cell: a new row gets the default, a stored one stays.
    """

    name: str
    parse: Parser
    field: str = ""
    blank: Any = NO_DEFAULT
    optional: bool = False

    @property
    def target(self) -> str:
        return self.field or self.name


@dataclass(frozen=True)
class RowError:
    """What is wrong with a row (its number in the file, or its index in a request), and in which column."""

    row: int
    field: str
    message: str


@dataclass(frozen=True)
class Difference:
    """What a row does: “new”, “changed” (field → old and new) or “refused”."""

    row: int
    what: str
    key: str
    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass
class Outcome:
    """What became of the rows of a table. `failed` says why nothing of it could be read."""

    table: str
    file: str = ""
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    failed: str = ""
    warnings: list[str] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    seconds: float = 0.0
    bad_rows: set[int] = field(default_factory=set, repr=False)

    def refuse(self, row: int, column: str, message: str) -> None:
        if row not in self.bad_rows:
            self.bad_rows.add(row)
            self.rejected += 1
        if len(self.errors) < ERRORS_KEPT:
            self.errors.append(RowError(row, column, message))

    def note(self, difference: Difference) -> None:
        if len(self.differences) < DIFFERENCES_KEPT:
            self.differences.append(difference)

    @property
    def good(self) -> int:
        return self.created + self.updated + self.unchanged

    def as_json(self) -> dict[str, Any]:
        """Everything but the differences, which only a preview page shows."""
        return {
            "table": self.table,
            "file": self.file,
            "rows": self.rows,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "failed": self.failed,
            "warnings": self.warnings,
            "errors": [{"row": each.row, "field": each.field, "message": each.message} for each in self.errors],
            "seconds": round(self.seconds, 3),
        }


@dataclass
class Row:
    """A row whose cells were read: values by database column."""

    number: int
    values: dict[str, Any]


@dataclass(frozen=True)
class Written:
    """What was written, for a table's `after`: rows by key with the ids and old values of those that existed."""

    rows: list[Row]
    old: dict[Key, dict[str, Any]]


Check = Callable[[list[Row], Codes, Outcome], list[Row]]
Load = Callable[["Table", list[Row], Codes, Outcome], None]


@dataclass(frozen=True)
class Table:
    """A table that can be imported. `check` sees all rows together and returns the good; `after` runs when written."""

    name: str
    model: type[Model]
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    check: Check | None = None
    after: Callable[[Written], None] | None = None
    load: Load | None = None

    @property
    def key_fields(self) -> tuple[str, ...]:
        by_name = {column.name: column.target for column in self.columns}
        return tuple(by_name[name] for name in self.key)


# --- Reading ----------------------------------------------------------------------------------------------------------


def import_source(table: Table, source: Source, *, codes: Codes, by: User | None) -> Outcome:
    """Import a file into its table; all or, when it cannot be read, nothing of it."""
    outcome = Outcome(table.name, source.name)
    began = time.monotonic()
    try:
        with transaction.atomic(), sheet(source) as opened:
            codes.decimal_comma = opened.decimal_comma
            positions = header_positions(table.columns, opened, outcome)
            records = (
                (number, {name: cells[position] for name, position in positions.items()})
                for number, cells in whole_rows(opened, outcome)
            )
            take(table, records, codes=codes, outcome=outcome)
            log(outcome, by)
    except PlanningError as error:
        outcome = Outcome(table.name, source.name, failed=error.detail)
    outcome.seconds = time.monotonic() - began
    return outcome


@transaction.atomic
def import_records(table: Table, records: Sequence[Any], *, by: User | None) -> Outcome:
    """Import records of a request; a row's number is its index. An `id` that was read along is let pass."""
    require_whole_company(by)
    outcome = Outcome(table.name)
    names = {column.name for column in table.columns}
    good = []
    for index, record in enumerate(records):
        if isinstance(record, Mapping):
            good.append((index, {name: value for name, value in record.items() if name in names}))
            for name in sorted(set(map(str, record)) - names - {"id"}):
                outcome.refuse(index, name[:64], "there is no such field" + did_you_mean(name, list(names)))
        else:
            outcome.rows += 1
            outcome.refuse(index, "", f"“{shown(record)}” is not an object with fields")
    take(table, good, codes=Codes(), outcome=outcome)
    log(outcome, by)
    return outcome


def header_positions(columns: Sequence[Column], opened: Sheet, outcome: Outcome) -> dict[str, int]:
    """Where each column stands; PlanningError names the ones that are missing."""
    header = opened.header
    known = {column.name for column in columns}
    extra = [name for name in header if name and name not in known]
    missing = [column.name for column in columns if column.name not in header and not column.optional]
    if missing:
        named = ", ".join(f"“{name}”{_meant(name, extra)}" for name in missing)
        raise PlanningError(
            f"{outcome.file}: the first row lacks the column {named}. It has: {', '.join(header)[:300]}."
        )
    repeated = sorted({name for name in header if name in known and header.count(name) > 1})
    if repeated:
        raise PlanningError(f"{outcome.file}: the column {', '.join(repeated)} comes twice. Remove one.")
    for name in extra:
        outcome.warnings.append(
            f"The column “{shown(name)}” is not known and was not read{_meant(name, sorted(known - set(header)))}"
        )
    return {name: header.index(name) for name in header if name in known}


def _meant(name: str, candidates: Sequence[str]) -> str:
    hint = did_you_mean(name, list(candidates))
    return f" ({hint.removeprefix('; ')})" if hint else ""


def whole_rows(opened: Sheet, outcome: Outcome) -> Iterator[tuple[int, list[str]]]:
    """The rows that have as many cells as the header."""
    width = len(opened.header)
    for number, cells in opened.rows:
        if len(cells) == width:
            yield number, cells
            continue
        outcome.rows += 1
        outcome.refuse(number, "", f"has {len(cells)} cells where the first row has {width}; is a comma not in quotes?")


# --- Taking -----------------------------------------------------------------------------------------------------------


def take(table: Table, records: Iterable[tuple[int, Mapping[str, Any]]], *, codes: Codes, outcome: Outcome) -> None:
    """Read cells, check rows against each other, compare with what is stored, and write what differs."""
    rows = _distinct(table, _parsed(table, records, codes, outcome), outcome)
    if table.check:
        rows = table.check(rows, codes, outcome)
    (table.load or load)(table, rows, codes, outcome)
    codes.forget(table.model)


def _parsed(
    table: Table, records: Iterable[tuple[int, Mapping[str, Any]]], codes: Codes, outcome: Outcome
) -> Iterator[Row]:
    known: dict[str, dict[str, Any]] = {column.name: {} for column in table.columns}
    for number, record in records:
        outcome.rows += 1
        values = {}
        for column in table.columns:
            written = record.get(column.name, NO_DEFAULT)
            if column.optional and (written is NO_DEFAULT or (column.blank is LEFT_OUT and _is_blank(written))):
                continue
            try:
                values[column.target] = _cell(column, written, codes, known[column.name])
            except ValueError as error:
                outcome.refuse(number, column.name, str(error))
        if number not in outcome.bad_rows:
            yield Row(number, values)


def _cell(column: Column, written: Any, codes: Codes, known: dict[str, Any]) -> Any:
    if written is NO_DEFAULT or _is_blank(written):
        if column.blank is NO_DEFAULT or written is NO_DEFAULT:
            raise ValueError("is missing")
        return column.blank
    if not isinstance(written, str):
        return column.parse(written, codes)
    if written not in known:
        known[written] = column.parse(written, codes)
    return known[written]


def _is_blank(written: Any) -> bool:
    return written is None or written == ""


def _distinct(table: Table, rows: Iterable[Row], outcome: Outcome) -> list[Row]:
    """A key may come once; the same row again is let pass, a different one is refused."""
    first: dict[Key, Row] = {}
    for row in rows:
        key = tuple(row.values[name] for name in table.key_fields)
        earlier = first.setdefault(key, row)
        if earlier is row:
            continue
        if earlier.values == row.values:
            outcome.unchanged += 1
        else:
            names = " and ".join(table.key)
            outcome.refuse(row.number, table.key[0], f"the same {names} as in row {earlier.number}, with other values")
    return list(first.values())


# --- Writing ----------------------------------------------------------------------------------------------------------


def load(table: Table, rows: list[Row], codes: Codes, outcome: Outcome) -> None:
    """Write the rows that are new or differ."""
    columns = [str(each.column) for each in table.model._meta.concrete_fields if not each.primary_key]
    defaults = {str(each.column): each.get_default() for each in table.model._meta.concrete_fields}
    stored = _stored(table, rows, columns)
    writes = []
    for row in rows:
        key = tuple(row.values[name] for name in table.key_fields)
        old = stored.get(key)
        new = {**(old or {**defaults, **table.fixed}), **row.values}
        if old == {name: new[name] for name in columns}:
            outcome.unchanged += 1
            continue
        writes.append([new[name] for name in columns])
        _note(table, row, old, new, codes, outcome)
    bulk.upsert(table.model, key=table.key_fields, columns=columns, rows=writes)
    if table.after and rows:
        table.after(Written(rows, stored))


def _stored(table: Table, rows: Sequence[Row], columns: Sequence[str]) -> dict[Key, dict[str, Any]]:
    first = table.key_fields[0]
    keys = sorted({row.values[first] for row in rows})
    queryset: QuerySet[Any] = table.model._default_manager.order_by()
    if len(keys) <= KEYS_PER_QUERY:
        queryset = queryset.filter(**{f"{first}__in": keys})
    wanted = {tuple(row.values[name] for name in table.key_fields) for row in rows}
    found = (dict(zip(columns, values, strict=True)) for values in queryset.values_list(*columns))
    keyed = ((tuple(values[name] for name in table.key_fields), values) for values in found)
    return {key: values for key, values in keyed if key in wanted}


def _note(
    table: Table, row: Row, old: Mapping[str, Any] | None, new: Mapping[str, Any], codes: Codes, outcome: Outcome
) -> None:
    if old is None:
        outcome.created += 1
    else:
        outcome.updated += 1
    if len(outcome.differences) >= DIFFERENCES_KEPT:
        return
    shown_key = " · ".join(_label(table, name, row.values[target], codes) for name, target in _key_pairs(table))
    fields = {
        column.name: (
            old and _plain(table, column, old[column.target], codes),
            _plain(table, column, new[column.target], codes),
        )
        for column in table.columns
        if column.target in (new if old else row.values)
        and column.name not in table.key
        and (old is None or old[column.target] != new[column.target])
    }
    outcome.note(Difference(row.number, "changed" if old else "new", shown_key, fields))


def _key_pairs(table: Table) -> Iterable[tuple[str, str]]:
    return zip(table.key, table.key_fields, strict=True)


def _label(table: Table, name: str, value: Any, codes: Codes) -> str:
    column = next(each for each in table.columns if each.name == name)
    return str(_plain(table, column, value, codes))


def _plain(table: Table, column: Column, value: Any, codes: Codes) -> Any:
    """A value as it stands in a file: codes for ids."""
    related = table.model._meta.get_field(column.target.removesuffix("_id")).related_model
    if value is None or related is None or not column.target.endswith("_id"):
        return value
    return codes.code_of(related, value)


def load_tree(table: Table, rows: list[Row], codes: Codes, outcome: Outcome) -> None:
    """Write rows that name a parent of their own kind, parents first; until then `parent_id` holds its code."""
    known = set(codes.ids(table.model))
    rows = _with_known_parents(table, rows, known, outcome)
    rows = _with_known_parents(table, _without_circles(table, rows, outcome), known, outcome)
    while rows:
        waiting = {row.values["code"] for row in rows}
        ready = [row for row in rows if row.values.get("parent_id") not in waiting]
        rows = [row for row in rows if row.values.get("parent_id") in waiting]
        ids = codes.ids(table.model)
        for row in ready:
            if row.values.get("parent_id"):
                row.values["parent_id"] = ids[row.values["parent_id"]]
        load(table, ready, codes, outcome)
        codes.forget(table.model)


def _with_known_parents(table: Table, rows: list[Row], known: set[str], outcome: Outcome) -> list[Row]:
    """Refuse the rows whose parent is neither stored nor among the rows, and then those below them."""
    while True:
        here = known | {row.values["code"] for row in rows}
        orphans = [row for row in rows if row.values.get("parent_id") and row.values["parent_id"] not in here]
        for row in orphans:
            parent, noun = row.values["parent_id"], table.model._meta.verbose_name
            hint = did_you_mean(parent, list(here))
            outcome.refuse(row.number, "parent", f"no {noun} has the code “{parent}”{hint}")
        if not orphans:
            return rows
        rows = [row for row in rows if row not in orphans]


def _without_circles(table: Table, rows: list[Row], outcome: Outcome) -> list[Row]:
    """Refuse the rows that make a thing its own ancestor, also together with what is stored."""
    parents = dict(table.model._default_manager.values_list("code", "parent__code"))
    parents |= {row.values["code"]: row.values["parent_id"] for row in rows if "parent_id" in row.values}
    good = []
    for row in rows:
        code = row.values["code"]
        path, above = [code], parents.get(code)
        while above and above not in path:
            path.append(above)
            above = parents.get(above)
        if above == code:
            outcome.refuse(row.number, "parent", f"goes round in a circle: {' → '.join([*path, code][:6])}")
        else:
            good.append(row)
    return good


def require_whole_company(by: User | None) -> None:
    """Master data belongs to all: who covers only some families or markets does not write it."""
    if by is not None and not permissions.scope(by).everything:
        raise NotAllowed("You cover only some families or markets; master data concerns all of them.")


def log(outcome: Outcome, by: User | None) -> None:
    """One line in the change log when anything changed."""
    if outcome.created or outcome.updated:
        changes.record(
            changes.What(
                kind="data.imported",
                summary=f"{outcome.table}: {outcome.created} new, {outcome.updated} changed",
                object=f"table:{outcome.table}",
                data={"file": outcome.file, "rows": outcome.rows, "rejected": outcome.rejected},
            ),
            by=by,
        )
