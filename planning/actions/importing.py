"""Importing a folder of tables: any subset, in the order in which they refer to each other."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import transaction

from planning.actions.tables import AFTER_ACTUALS, BEFORE_ACTUALS
from sop import permissions
from sop.actions import postings
from sop.actions.cells import Codes
from sop.actions.importing import Column, Outcome, header_positions, import_source, require_whole_company, whole_rows
from sop.actions.reading import Sheet, Source, did_you_mean, sheet
from sop.errors import PlanningError
from sop.models import User

ACTUALS = "actuals"
ACTUAL_COLUMNS = tuple(Column(name, lambda value, codes: value) for name in postings.FIELDS)
TABLES = {table.name: table for table in (*BEFORE_ACTUALS, *AFTER_ACTUALS)}
ORDER = (*(table.name for table in BEFORE_ACTUALS), ACTUALS, *(table.name for table in AFTER_ACTUALS))
ROWS_AT_ONCE = 20_000

Progress = Callable[[str, int], None]


def _silent(table: str, rows: int) -> None:
    return None


@dataclass(frozen=True)
class Imported:
    """What became of every table, and of files that are none."""

    tables: list[Outcome] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    preview: bool = False

    @property
    def rejected(self) -> int:
        return sum(outcome.rejected for outcome in self.tables)

    @property
    def good(self) -> int:
        return sum(outcome.created + outcome.updated for outcome in self.tables)

    @property
    def nothing_read(self) -> bool:
        """Whether no table could be read at all."""
        return all(outcome.failed for outcome in self.tables)

    def as_json(self) -> dict[str, Any]:
        return {
            "preview": self.preview,
            "tables": [outcome.as_json() for outcome in self.tables],
            "not_imported": self.unknown,
        }


def import_tables(
    sources: Sequence[Source],
    *,
    by: User | None,
    source: str = "erp",
    preview: bool = False,
    progress: Progress = _silent,
) -> Imported:
    """Import files into the tables they are named after; every table is a transaction. A preview writes nothing.

    Postings of actuals carry `source`, so that the same sales posted by REST from that source count once.
    """
    if by is not None:
        permissions.require(by, permissions.Verb.IMPORT)
        require_whole_company(by)
    named, unknown = _sorted_out(sources)
    with transaction.atomic() if preview else _each_on_its_own():
        outcomes = _import_all(named, source=source, by=by, progress=progress)
        if preview:
            transaction.set_rollback(True)
    return Imported(outcomes, unknown, preview)


class _each_on_its_own:
    """No transaction around all tables."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


def _sorted_out(sources: Sequence[Source]) -> tuple[dict[str, Source], list[str]]:
    """Files by table, and a sentence on each file that is no table."""
    named: dict[str, Source] = {}
    unknown = []
    for each in sources:
        if each.table not in ORDER:
            hint = did_you_mean(each.table, list(ORDER))
            unknown.append(f"{each.name} is not a table that can be imported{hint or ': ' + ', '.join(ORDER)}")
        elif each.table in named:
            unknown.append(f"{each.name} was not read: {named[each.table].name} holds the same table")
        else:
            named[each.table] = each
    return named, unknown


def _import_all(named: dict[str, Source], *, source: str, by: User | None, progress: Progress) -> list[Outcome]:
    outcomes = []
    codes = Codes()
    for name in ORDER:
        if name not in named:
            continue
        progress(name, 0)
        if name == ACTUALS:
            outcome = import_actuals(named[name], source=source, by=by, progress=progress)
        else:
            outcome = import_source(TABLES[name], named[name], codes=codes, by=by)
        progress(name, outcome.rows)
        outcomes.append(outcome)
    return outcomes


def import_actuals(actuals: Source, *, source: str, by: User | None, progress: Progress = _silent) -> Outcome:
    """Post a file of actuals, part by part in one transaction; rejected rows are kept to be tried again."""
    outcome = Outcome(ACTUALS, actuals.name)
    began = time.monotonic()
    try:
        with transaction.atomic(), sheet(actuals) as opened:
            _post(opened, outcome, source=source, by=by, progress=progress)
    except PlanningError as error:
        outcome = Outcome(ACTUALS, actuals.name, failed=error.detail)
    outcome.seconds = time.monotonic() - began
    return outcome


def _post(opened: Sheet, outcome: Outcome, *, source: str, by: User | None, progress: Progress) -> None:
    positions = header_positions(ACTUAL_COLUMNS, opened, outcome)
    rows = whole_rows(opened, outcome)
    seen: dict[str, int] = {}
    while part := list(islice(rows, ROWS_AT_ONCE)):
        numbers = [number for number, _ in part]
        columns = {name: [cells[at] for _, cells in part] for name, at in positions.items()}
        if opened.decimal_comma:
            columns |= {name: [_with_point(each) for each in columns[name]] for name in ("quantity", "revenue")}
        receipt = postings.take(columns, source=source, by=by, seen=seen)
        outcome.rows += len(part)
        outcome.created += receipt.accepted
        outcome.updated += receipt.updated
        outcome.unchanged += receipt.unchanged
        for rejection in receipt.rejected:
            for name, messages in rejection.errors.items():
                outcome.refuse(numbers[rejection.index], name, "; ".join(messages))
        progress(ACTUALS, outcome.rows)


def _with_point(written: str) -> str:
    return written.replace(".", "").replace(",", ".", 1) if "," in written else written
