"""The log of a gesture's cells says the same as a list and, where they are many, as packed columns."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.actions import undo
from planning.engine.mass import Kind
from planning.models import Input
from planning.queries import edited
from planning.queries.edited import EditedCells
from sop.models import Change
from tests.planning.test_editing import JULY, JUNE, Company
from tests.planning.test_mass_edit import change

NUMBERS = st.one_of(st.none(), st.floats(0, 1e12))
CELLS = st.tuples(st.integers(1, 10**12), st.integers(2000 * 12, 2100 * 12), NUMBERS, NUMBERS, st.integers(0, 9))


def cells_of(rows: list[tuple]) -> EditedCells:
    listed = [
        [key, f"{month // 12}-{month % 12 + 1:02d}", *rest, version or None] for key, month, *rest, version in rows
    ]
    was = [
        [key, month, {"reason": str(at)}] for at, (key, month, before, *_) in enumerate(listed) if before is not None
    ]
    found = EditedCells.of({"cells": listed, "was": was})
    assert found is not None
    return found


@given(st.lists(CELLS, max_size=20, unique_by=lambda cell: cell[:2]))
def test_packed_cells_are_those_of_the_list(rows: list[tuple]) -> None:
    cells = cells_of(rows)
    packed = EditedCells.of(json.loads(json.dumps({"packed": cells._packed()})))
    assert packed is not None
    assert packed.as_json() == cells.as_json()


def test_a_change_of_something_else_has_no_cells() -> None:
    assert EditedCells.of({"stream": "sales"}) is None


@pytest.mark.django_db
@pytest.mark.sqlite
def test_a_gesture_that_was_packed_is_undone_with_all_that_entries_carried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edited, "MANY", 3)
    company = Company()
    change(company, Kind.SET, 60, rows=["product:bikes-1"], last=JUNE)
    before = list(Input.objects.order_by("pk").values_list("series", "month", "quantity", "method", "author"))
    many, _ = change(company, Kind.PERCENT, 10, last=JULY)
    assert "cells" not in Change.objects.get(change_set=many.change_set).data
    assert Input.objects.count() > len(before)
    undo(plan=company.plan, change_set=many.change_set, by=company.planner)
    after = Input.objects.order_by("pk").values_list("series", "month", "quantity", "method", "author")
    assert list(after) == before
    company.assert_totals_add_up()
