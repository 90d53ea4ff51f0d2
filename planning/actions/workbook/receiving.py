"""Receiving a workbook: its cells are sorted into unchanged, changed, calculated and wrong; the changes are kept."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from planning.actions import shorthand
from planning.actions.demand import refuse_unless_open
from planning.actions.workbook import reading, values
from planning.actions.workbook.matching import Match, Matcher
from planning.actions.workbook.opening import Opened, open_file
from planning.actions.workbook.reading import Found
from planning.models import SalesPlan, WorkbookImport
from planning.queries import valuation
from planning.queries.grid import Grid
from planning.queries.rows import CONSENSUS, Filters
from planning.queries.valuation import UNITS
from planning.queries.workbook.compare import State, same, states
from sop import months
from sop.errors import NotAllowed, PlanningError
from sop.models import User
from sop.permissions import Verb, require, scope

KEPT = dt.timedelta(days=1)
MOST_ERRORS = 2_000


@transaction.atomic
def receive(*, plan: SalesPlan, name: str, content: bytes, by: User) -> WorkbookImport:
    """Read a file and keep what it would change; nothing of the plan is written. Earlier files of this user go."""
    require(by, Verb.VIEW)
    refuse_unless_open(plan)
    opened = open_file(name, content)
    about = reading.about(opened)
    _refuse_another_plan(about, plan, name)
    grid = Grid(plan, by, Filters(scope(by)), valuation.checked(about.unit or UNITS, scope(by)))
    if not any(grid.editable(measure) for measure in (CONSENSUS, *(stream.code for stream in grid.streams))):
        raise NotAllowed("You may not enter numbers into this plan now, so a workbook could change nothing.")
    sorter = Sorter(opened, grid)
    sorter.sort()
    WorkbookImport.objects.filter(Q(plan=plan, by=by) | Q(at__lt=timezone.now() - KEPT)).delete()
    return WorkbookImport.objects.create(plan=plan, by=by, name=name[:200], content=sorter.content())


def _refuse_another_plan(about: reading.About, plan: SalesPlan, name: str) -> None:
    if about.cycle and about.cycle != months.code(plan.cycle.first_month):
        theirs = months.long(months.parse(about.cycle))
        raise PlanningError(
            f"{name} was exported from the plan of {theirs}; this is {plan.cycle}. Export the plan afresh and copy "
            "your numbers into that file."
        )
    if about.unit and about.unit not in valuation.WRITABLE:
        raise PlanningError(
            f"{name} was exported in {about.unit}, which is for reading only. Export it in units, revenue or cost."
        )


@dataclass
class Sorter:
    """Sorts the cells of a file, in the file’s order."""

    opened: Opened
    grid: Grid
    cells: list[list[Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    unchanged: int = 0
    theirs: int = 0
    ignored: Counter[str] = field(default_factory=Counter)
    taken: dict[tuple[int, str, str], tuple[float, int]] = field(default_factory=dict)

    def content(self) -> dict[str, Any]:
        """What is kept of the file."""
        return {
            "unit": self.grid.unit,
            "cells": self.cells,
            "errors": self.errors[:MOST_ERRORS],
            "more_errors": max(len(self.errors) - MOST_ERRORS, 0),
            "unchanged": self.unchanged,
            "theirs": self.theirs,
            "ignored": dict(self.ignored),
            "notes": self._notes(),
        }

    def sort(self) -> None:
        found = list(reading.cells(self.opened, months.code(self.grid.plan.start)))
        matcher = Matcher(self.grid)
        known = {key: matcher.match(cell) for key, cell in {(cell.key, cell.coded): cell for cell in found}.items()}
        self.now = states(self.grid, {match.series for match in known.values() if match.series})
        self.months = {months.code(month) for month in self.grid.plan.months}
        for cell in found:
            self._place(cell, known[cell.key, cell.coded])

    def _place(self, cell: Found, match: Match) -> None:
        if cell.month.startswith("?"):
            self._refuse(cell, f"“{cell.month[1:]}” is not a month; write it as 2027-01 or Jan 27.")
        elif cell.month not in self.months:
            return
        elif match.wrong:
            self._refuse(cell, match.wrong, whole_row=True)
        else:
            try:
                self._take_in(cell, (match.series, match.measure, cell.month))
            except ValueError as error:
                self._refuse(cell, f"{error}.")
            except PlanningError as error:
                self._refuse(cell, error.detail)

    def _take_in(self, cell: Found, at: tuple[int, str, str]) -> None:
        """Sort one cell: untouched, calculated, unchanged, or a change."""
        state = self.now.get(at, State(None))
        # A file that does not say what was exported is compared with the plan as it is now.
        base, version = cell.seen or (state.value, state.version)
        if not self.grid.editable(at[1]):
            return self._pass_over(cell, at[1], base)
        entry = values.entry(cell.raw, base, decimal_comma=self.opened.decimal_comma, is_csv=self.opened.is_csv)
        if entry is None:
            return
        mine = shorthand.parse(entry, base or 0.0)
        if self._is_first(cell, at, mine):
            self._compare([*at, entry, mine, base, version, cell.row], state)

    def _pass_over(self, cell: Found, measure: str, base: float | None) -> None:
        """Count a cell that is not entered when it holds something else than at export; it may well be negative."""
        if cell.raw.formula:
            return
        held = values.entry(cell.raw, base, decimal_comma=self.opened.decimal_comma, is_csv=True)
        if held is not None and not (isinstance(held, float) and same(held, base)):
            self.ignored[self.grid.name(measure)] += 1

    def _is_first(self, cell: Found, at: tuple[int, str, str], mine: float) -> bool:
        if at not in self.taken:
            self.taken[at] = (mine, cell.row)
            return True
        if not same(self.taken[at][0], mine):
            self._refuse(cell, f"This cell stands twice in the file, with another number in row {self.taken[at][1]}.")
        return False

    def _compare(self, kept: list[Any], state: State) -> None:
        mine, base = kept[4], kept[5]
        if same(mine, base):
            self.unchanged += 1
            self.theirs += not same(state.value, base)
        else:
            self.cells.append(kept)

    def _refuse(self, cell: Found, message: str, *, whole_row: bool = False) -> None:
        """Note an error, once for a row when it concerns all of it."""
        error = {
            "sheet": cell.sheet,
            "row": cell.row,
            "column": "" if whole_row else cell.column,
            "message": message[:1].upper() + message[1:],
        }
        if not (whole_row and self.errors and self.errors[-1] == error):
            self.errors.append(error)

    def _notes(self) -> list[str]:
        notes, over = [], 0
        for sheet, layout in reading.layouts(self.opened):
            notes += [layout.words] if layout.words else []
            over += reading.totals_typed_over(sheet, layout)
        if over:
            notes.append(f"{over} totals were typed over. Totals are not read; change the rows below them.")
        return notes
