"""A linear program of named blocks: columns and rows are added in blocks, then solved by HiGHS in one matrix."""

from dataclasses import dataclass

import highspy
import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from planning.engine.arrays import Array, Integers

# Whole workers are searched for no longer than this; the gap then tells what may be missing.
WHOLE_SECONDS = 30.0


class Infeasible(ValueError):
    """No values satisfy all rows and bounds."""


@dataclass(frozen=True, eq=False)
class Solution:
    """Values per column, duals per row, and the solver's own bound of the objective."""

    values: Array
    duals: Array
    bound: float


# Numbers of HiGHS' statuses of columns and rows.
AT_LOWER = int(highspy.HighsBasisStatus.kLower)
BASIC = int(highspy.HighsBasisStatus.kBasic)
_STATUSES = sorted(highspy.HighsBasisStatus.__members__.values(), key=int)


@dataclass(frozen=True, eq=False)
class Basis:
    """The status of every column and row."""

    columns: NDArray[np.int8]
    rows: NDArray[np.int8]

    @classmethod
    def slack(cls, program: "LinearProgram") -> "Basis":
        """Columns at their lower limits, rows free."""
        columns, rows = (
            sum(block.size for block in blocks.values()) for blocks in (program.column_blocks, program.row_blocks)
        )
        return cls(np.full(columns, AT_LOWER, np.int8), np.full(rows, BASIC, np.int8))


@dataclass(frozen=True, eq=False)
class Table:
    """The whole program as arrays."""

    cost: Array
    low: Array
    high: Array
    row_low: Array
    row_high: Array
    matrix: "scipy.sparse.csc_matrix"

    def has_rows_of(self, other: "Table") -> bool:
        """Whether the coefficients are the same, whatever the costs and limits."""
        own, others = self.matrix, other.matrix
        pairs = ((own.indptr, others.indptr), (own.indices, others.indices), (own.data, others.data))
        return own.shape == others.shape and all(np.array_equal(one, two) for one, two in pairs)


class LinearProgram:
    """Minimise cost · x subject to rows and bounds, block by block.

    `columns` and `rows` return arrays of indices in the shape of the block; `put` sets coefficients between them.
    """

    def __init__(self) -> None:
        self.column_blocks: dict[str, Integers] = {}
        self.row_blocks: dict[str, Integers] = {}
        self.constant = 0.0
        self._columns: list[tuple[Array, Array, Array]] = []
        self._rows: list[tuple[Array, Array]] = []
        self._entries: list[tuple[Integers, Integers, Array]] = []
        self._whole: list[Integers] = []

    def __repr__(self) -> str:
        columns = ", ".join(f"{name}{list(index.shape)}" for name, index in self.column_blocks.items())
        rows = ", ".join(f"{name}{list(index.shape)}" for name, index in self.row_blocks.items())
        return f"LinearProgram(columns: {columns}; rows: {rows})"

    def columns(
        self, name: str, shape: tuple[int, ...], *, cost: ArrayLike, low: ArrayLike, high: ArrayLike
    ) -> Integers:
        index = _new_block(self.column_blocks, name, shape)
        self._columns.append((_flat(cost, shape), _flat(low, shape), _flat(high, shape)))
        return index

    def rows(self, name: str, shape: tuple[int, ...], *, low: ArrayLike, high: ArrayLike) -> Integers:
        index = _new_block(self.row_blocks, name, shape)
        self._rows.append((_flat(low, shape), _flat(high, shape)))
        return index

    def put(self, rows: Integers, columns: Integers, coefficient: ArrayLike) -> None:
        """Add `coefficient` (broadcast) at each pair of `rows` and `columns`, which have one shape."""
        value = np.broadcast_to(np.asarray(coefficient, dtype=np.float64), rows.shape)
        self._entries.append((rows.ravel(), columns.ravel(), value.ravel()))

    def require_whole(self, columns: Integers) -> None:
        if columns.size:
            self._whole.append(columns.ravel())

    def drop_costs_and_whole(self) -> None:
        """Forget the objective so far, to ask only what is possible."""
        self._columns = [(np.zeros_like(cost), low, high) for cost, low, high in self._columns]
        self._whole = []
        self.constant = 0.0

    def solve(self) -> Solution:
        """Dual simplex; with whole columns branch and bound first, then the duals at the whole values found.

        Raises Infeasible when there is no solution.
        """
        solver = loaded(self.table())
        if not self._whole:
            _run(solver)
            return self.solution(solver, solver.getInfo().objective_function_value)
        whole = np.concatenate(self._whole).astype(np.int32)
        integer = np.full(whole.size, highspy.HighsVarType.kInteger)
        solver.changeColsIntegrality(whole.size, whole, integer)
        solver.setOptionValue("time_limit", WHOLE_SECONDS)
        _run(solver, in_time=True)
        solver.setOptionValue("time_limit", np.inf)
        bound = solver.getInfo().mip_dual_bound
        found = np.round(np.asarray(solver.getSolution().col_value)[whole])
        solver.changeColsIntegrality(whole.size, whole, np.full(whole.size, highspy.HighsVarType.kContinuous))
        solver.changeColsBounds(whole.size, whole, found, found)
        _run(solver)
        return self.solution(solver, bound)

    def solve_from(self, start: Basis | None) -> tuple[Solution, Basis]:
        """Dual simplex from a basis, which need not fit, and the basis it ends with.

        Only for programs without whole columns. Raises Infeasible when there is no solution.
        """
        solver = loaded(self.table())
        if start is not None:
            basis = highspy.HighsBasis()
            basis.col_status = [_STATUSES[status] for status in start.columns.tolist()]
            basis.row_status = [_STATUSES[status] for status in start.rows.tolist()]
            basis.valid = basis.alien = True
            solver.setBasis(basis)
        _run(solver)
        ended = solver.getBasis()
        columns, rows = (np.array([int(s) for s in part], np.int8) for part in (ended.col_status, ended.row_status))
        return self.solution(solver, solver.getInfo().objective_function_value), Basis(columns, rows)

    @property
    def is_whole(self) -> bool:
        """Whether some columns are required to be whole."""
        return bool(self._whole)

    def solution(self, solver: highspy.Highs, bound: float) -> Solution:
        found = solver.getSolution()
        return Solution(np.asarray(found.col_value), np.asarray(found.row_dual), bound + self.constant)

    def table(self) -> Table:
        cost, low, high = (np.concatenate(part) for part in zip(*self._columns, strict=True))
        row_low, row_high = (np.concatenate(part) for part in zip(*self._rows, strict=True))
        row, column, value = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        matrix = scipy.sparse.csc_matrix((value, (row, column)), shape=(row_low.size, cost.size))
        return Table(cost, low, high, row_low, row_high, matrix)


class KeptProgram:
    """A program that stays in the solver, to be solved again from where it ended when costs or limits change."""

    def __init__(self) -> None:
        self._solver: highspy.Highs | None = None
        self._table: Table | None = None

    def solve(self, program: LinearProgram) -> Solution:
        """From the last solution where only costs and limits differ from it; raises Infeasible."""
        if program.is_whole:
            return program.solve()
        table = program.table()
        if self._solver is None or self._table is None or not table.has_rows_of(self._table):
            self._solver = loaded(table)
        else:
            _change(self._solver, self._table, table)
        self._table = table
        try:
            _run(self._solver)
        except (Infeasible, RuntimeError):
            self.forget()
            raise
        return program.solution(self._solver, self._solver.getInfo().objective_function_value)

    def forget(self) -> None:
        """Start anew the next time."""
        self._solver = None


def loaded(table: Table) -> highspy.Highs:
    """A solver that knows the program."""
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = table.cost.size, table.row_low.size
    program.col_cost_, program.col_lower_, program.col_upper_ = table.cost, table.low, table.high
    program.row_lower_, program.row_upper_ = table.row_low, table.row_high
    program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    program.a_matrix_.start_ = table.matrix.indptr
    program.a_matrix_.index_ = table.matrix.indices
    program.a_matrix_.value_ = table.matrix.data
    solver = highspy.Highs()  # type: ignore[no-untyped-call]  # the only untyped call of the package
    for option, setting in _OPTIONS.items():
        solver.setOptionValue(option, setting)
    solver.passModel(program)
    return solver


def _change(solver: highspy.Highs, old: Table, new: Table) -> None:
    """Tell the solver the costs and limits that differ."""
    for columns in _differing(old.cost, new.cost):
        solver.changeColsCost(columns.size, columns, new.cost[columns])
    for columns in _differing(old.low, new.low, old.high, new.high):
        solver.changeColsBounds(columns.size, columns, new.low[columns], new.high[columns])
    for rows in _differing(old.row_low, new.row_low, old.row_high, new.row_high):
        solver.changeRowsBounds(rows.size, rows, new.row_low[rows], new.row_high[rows])  # type: ignore[attr-defined]


def _differing(*pairs: Array) -> list[NDArray[np.int32]]:
    """The places where any pair of old and new differs; nothing where none does."""
    differs = np.any([old != new for old, new in zip(pairs[::2], pairs[1::2], strict=True)], axis=0)
    places = np.flatnonzero(differs).astype(np.int32)
    return [places] if places.size else []


# Strategy 1 is the serial dual simplex; the tolerance is below HiGHS's own so that duals certify the cost. Presolve
# finds next to nothing in these programs and takes a third of the time.
_OPTIONS: dict[str, bool | int | float | str] = {
    "output_flag": False,
    "threads": 1,
    "solver": "simplex",
    "simplex_strategy": 1,
    "presolve": "off",
    "primal_feasibility_tolerance": 1e-9,
    "dual_feasibility_tolerance": 1e-9,
    "mip_rel_gap": 1e-7,
}


def _new_block(blocks: dict[str, Integers], name: str, shape: tuple[int, ...]) -> Integers:
    start = sum(block.size for block in blocks.values())
    blocks[name] = np.arange(start, start + int(np.prod(shape)), dtype=np.int64).reshape(shape)
    return blocks[name]


def _flat(values: ArrayLike, shape: tuple[int, ...]) -> Array:
    return np.broadcast_to(np.asarray(values, dtype=np.float64), shape).ravel()


def _run(solver: highspy.Highs, *, in_time: bool = False) -> None:
    """Solve; `in_time` also accepts the best solution found when the time is up."""
    solver.run()
    status = solver.getModelStatus()
    impossible = (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible)
    if status in impossible:
        raise Infeasible("no plan satisfies all limits")
    found = solver.getInfo().primal_solution_status == int(highspy.SolutionStatus.kSolutionStatusFeasible)
    if in_time and found and status == highspy.HighsModelStatus.kTimeLimit:
        return
    if status != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError(f"the solver stopped with status {solver.modelStatusToString(status)}")
