"""What the solver ended with for every item, so that items that meet others start from there.

A basis says which columns and rows are at a limit. What it says of an item stays about right as long as the item's
hours do; what is missing or too much in the new program, the solver mends.
"""

import numpy as np
from numpy.typing import NDArray

from planning.engine.arrays import Integers
from planning.engine.linear_program import AT_LOWER, BASIC, Basis, LinearProgram
from planning.engine.model import COLUMNS_OF_ITEMS, ROWS_OF_ITEMS
from planning.engine.parts import Part
from planning.engine.problem import SupplyProblem

Statuses = dict[str, NDArray[np.int8]]


class ItemBasis:
    """Statuses [n, t] by block of columns and of rows. Threads may keep different items at once."""

    def __init__(self, problem: SupplyProblem) -> None:
        shape = (problem.items, problem.months)
        self.known = False
        self._columns = {name: np.full(shape, AT_LOWER, np.int8) for name in COLUMNS_OF_ITEMS}
        self._rows = {name: np.full(shape, BASIC, np.int8) for name in ROWS_OF_ITEMS}

    def start(self, part: Part, program: LinearProgram) -> Basis | None:
        """Where the items of `part` ended, their hours left free; None before anything is known."""
        if not self.known:
            return None
        basis = Basis.slack(program)
        for kept, statuses, blocks in self._pairs(basis, program):
            for name, items in _items(part, kept, blocks):
                statuses[blocks[name]] = kept[name][items]
        return basis

    def keep(self, part: Part, program: LinearProgram, basis: Basis) -> None:
        """Remember where the items of `part` ended."""
        for kept, statuses, blocks in self._pairs(basis, program):
            for name, items in _items(part, kept, blocks):
                kept[name][items] = statuses[blocks[name]]

    def _pairs(
        self, basis: Basis, program: LinearProgram
    ) -> list[tuple[Statuses, NDArray[np.int8], dict[str, Integers]]]:
        return [
            (self._columns, basis.columns, program.column_blocks),
            (self._rows, basis.rows, program.row_blocks),
        ]


def _items(part: Part, kept: Statuses, blocks: dict[str, Integers]) -> list[tuple[str, Integers]]:
    """The blocks the program has, each with its items as the whole problem numbers them."""
    which = COLUMNS_OF_ITEMS | ROWS_OF_ITEMS
    return [(name, part.items[which[name](part.problem)]) for name in kept if name in blocks]
