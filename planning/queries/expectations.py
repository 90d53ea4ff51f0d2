"""What is expected of the series of a plan, and what the departments say instead, summed into the grid's rows."""

from collections.abc import Iterator, Sequence

import numpy as np
from django.db.models import Q

from planning.models import Input, SalesPlan, SalesPlanLine, Stream
from planning.queries import valuation
from planning.queries.leaves import Ints, Leaves, add_up, find
from sop import bulk, months
from sop.queries.windows import shift
from sop.vectors import Vector


class Entries:
    """What the departments entered into a plan, in a filter on what points at series, as arrays. One query."""

    def __init__(self, plan: SalesPlan, voices: Sequence[Stream], where: Q) -> None:
        entered = Input.objects.filter(where, plan=plan, stream__in=voices)
        series, stream, month, quantity = bulk.columns(entered, "series_id", "stream_id", "month", "quantity")
        column = months.numbers(month) - months.number(plan.start)
        kept = (column >= 0) & (column < plan.horizon)
        self.series, self.column, self.quantity = series[kept], column[kept], quantity[kept]
        self.voice = find(np.array([voice.pk for voice in voices], dtype=np.int64), stream[kept])


class Expectations:
    """Sums by row and plan month: baseline, events, the expected (both, never below zero), and by how much each
    department's number differs from that."""

    def __init__(self, plan: SalesPlan, rows: int, voices: Sequence[Stream], entered: Q) -> None:
        self._plan = plan
        self._entries = Entries(plan, voices, entered) if voices else None
        self.baseline, self.events, self.expected = (np.zeros((rows, plan.horizon)) for _ in range(3))
        self.differences = np.zeros((len(voices), rows, plan.horizon))

    @property
    def entered(self) -> bool:
        """Whether the departments entered anything."""
        return self._entries is not None and len(self._entries.series) > 0

    def read(self, leaves: Leaves, unit: str) -> None:
        """Add up leaves, in a unit."""
        for at, parts, rate in self._blocks(leaves, unit):
            row, (baseline, events) = leaves.row[at], parts
            expected = np.maximum(baseline + events, 0)
            add_up(self.baseline, row, baseline * rate)
            add_up(self.events, row, events * rate)
            add_up(self.expected, row, expected * rate)
            self._differ(leaves, at, expected, rate)

    def read_entered(self, leaves: Leaves) -> None:
        """Add only what differs, in units."""
        if self._entries is None:
            return
        entered = leaves.among(self._entries.series)
        for at, (baseline, events), rate in self._blocks(entered, valuation.UNITS):
            self._differ(entered, at, np.maximum(baseline + events, 0), rate)

    def _blocks(self, leaves: Leaves, unit: str) -> Iterator[tuple[Ints, list[Vector], Vector]]:
        """Positions of leaves, their baseline and events, and what a unit of them is worth."""
        lines, rates = SalesPlanLine.objects.filter(plan=self._plan), valuation.RATES[unit]
        for at, vectors in leaves.read(lines, "baseline", "events", *rates):
            wide = [shift(values, 0, self._plan.horizon) for values in vectors]
            yield at, wide[:2], valuation.net(wide[2:]) if rates else np.ones_like(wide[0])

    def _differ(self, leaves: Leaves, at: Ints, expected: Vector, rate: Vector) -> None:
        """What was entered for the leaves of a block over what was expected of them."""
        if self._entries is None:
            return
        mine = find(leaves.series[at], self._entries.series)
        entered = np.flatnonzero(mine >= 0)
        line, column = mine[entered], self._entries.column[entered]
        difference = (self._entries.quantity[entered] - expected[line, column]) * rate[line, column]
        row = leaves.row[at[line]]
        np.add.at(self.differences, (self._entries.voice[entered], row, column), difference)
