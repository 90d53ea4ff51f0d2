"""Whatever planners do one after another: parents are the sum of their children, locks hold, undo restores exactly."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planning.actions import CellEdit, edit_cells, lock_cells, undo
from planning.actions.mass_editing import MassEdit, mass_edit
from planning.actions.sheets import Cause, Edited
from planning.engine.mass import Kind
from planning.models import Input, SalesPlanLine
from sop import months
from sop.errors import PlanningError
from tests.planning.test_editing import JULY, JUNE, Company

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
WHY = Cause("Any")
ROWS = ["total", "family:bikes", "family:parts", "product:bikes-1", "product:parts-2", "leaf:bikes-1-north"]
ENTRIES = ["+10%", "*0.5", "=123", "0", "+7", "1k", "33.5", None]

edits = st.tuples(st.just("edit"), st.sampled_from(ROWS), st.sampled_from([JUNE, JULY]), st.sampled_from(ENTRIES))
locks = st.tuples(st.just("lock"), st.sampled_from(ROWS[1:]), st.sampled_from([JUNE, JULY]), st.booleans())
masses = st.tuples(
    st.just("mass"),
    st.sampled_from(ROWS),
    st.sampled_from(list(Kind)),
    st.sampled_from([-1.0, 3.0, 50.0]),
)
undos = st.tuples(st.just("undo"), st.integers(1, 3))
steps = st.lists(st.one_of(edits, edits, locks, masses, undos), min_size=1, max_size=6)


@pytest.fixture
def company() -> Company:
    return Company()


def numbers(company: Company) -> dict[int, list[float]]:
    lines = SalesPlanLine.objects.filter(plan=company.plan, series__isnull=False)
    return {key: values.tolist() for key, values in lines.values_list("series_id", "consensus")}


def entries() -> dict[tuple[int, dt.date], tuple[object, ...]]:
    kept = ("quantity", "locked", "reason", "mode", "level", "method", "author")
    return {row[:2]: row[2:] for row in Input.objects.values_list("series", "month", *kept)}


def locked() -> dict[tuple[int, dt.date], float]:
    return {row[:2]: row[2] for row in Input.objects.filter(locked=True).values_list("series", "month", "quantity")}


def take(company: Company, step: tuple[object, ...], done: list[Edited]) -> Edited | None:
    """Do one step; None when it is refused, which changes nothing."""
    kind, row, *rest = step
    name = company.key(str(row).removeprefix("leaf:")) if str(row).startswith("leaf:") else str(row)
    given = {"plan": company.plan, "by": company.planner}
    try:
        if kind == "edit":
            return edit_cells(edits=[CellEdit(name, rest[0], rest[1])], cause=WHY, **given)
        if kind == "lock":
            return lock_cells(cells=[(name, rest[0])], locked=rest[1], **given)
        if kind == "mass":
            return mass_edit(what=MassEdit(rest[0], JUNE, JULY, rest[1], [name]), cause=WHY, **given)[0]
        return undo(change_set=done[-int(row)].change_set, **given) if len(done) >= int(row) else None
    except PlanningError:
        return None


def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=steps)
def test_sums_hold_locks_hold_and_undo_restores(company: Company, sequence: list[tuple[object, ...]]) -> None:
    for _ in rolled_back():
        done: list[Edited] = []
        states = []
        for step in sequence:
            held, before = locked(), (numbers(company), entries())
            edited = take(company, step, done)
            after = numbers(company)
            if edited is None:
                assert (after, entries()) == before
                continue
            if step[0] in ("edit", "mass"):
                assert {cell: after[cell[0]][months.distance(JUNE, cell[1])] for cell in held} == held
                assert {cell: quantity for cell, quantity in locked().items() if cell in held} == held
            company.assert_totals_add_up()
            done.append(edited)
            states.append(before)
        for edited, (values, entered) in zip(reversed(done), reversed(states), strict=True):
            undo(plan=company.plan, change_set=edited.change_set, by=company.planner)
            assert entries() == entered
            now = numbers(company)
            assert now.keys() == values.keys()
            for key in values:
                assert now[key] == pytest.approx(values[key], abs=1e-9)
        company.assert_totals_add_up()
