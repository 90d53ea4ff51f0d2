"""Bad input is refused by name and index; a problem does not change."""

import dataclasses

import numpy as np
import pytest

from planning.engine import SupplyProblem, Workforce

GOOD = {
    "demand": [[10, 20, 30], [5, 5, 5]],
    "opening_inventory": [0, 0],
    "production_cost": [1, 1],
    "holding_cost": [1, 1],
    "regular_hours": [[8, 8, 8]],
}
CREW = Workforce(0, 5, 160, 10, 640, 300, 500)

BAD = [
    ({"demand": [1, 2]}, "demand has shape"),
    ({"demand": [[1, np.nan], [1, 1]]}, r"demand\[0, 1\] is not a number"),
    ({"demand": [[1, 2, 3], [1, -2, 3]]}, r"demand\[1, 1\] is negative: -2"),
    ({"opening_inventory": [1]}, r"opening_inventory has shape \(1,\), expected \(2,\)"),
    ({"opening_inventory": [0, np.inf]}, r"opening_inventory\[1\] is infinite"),
    ({"production_cost": [1, -1]}, r"production_cost\[1\] is negative"),
    ({"lead_time": [0, 0.5]}, r"lead_time\[1\] is not a whole number"),
    ({"lead_time": [-1, 0]}, r"lead_time\[0\] is negative"),
    ({"backorder_cost": [1, np.nan]}, r"backorder_cost\[1\] is not a number"),
    ({"closing_inventory": [np.inf, 0]}, r"closing_inventory\[0\] is infinite"),
    ({"closing_inventory": [9, 0], "max_inventory": 5}, r"closing_inventory\[0\] = 9 exceeds max_inventory, 5"),
    ({"min_production": 5, "max_production": 4}, r"min_production\[0, 0\] = 5 exceeds max_production, 4"),
    ({"regular_hours": [[8, -8, 8]]}, r"regular_hours\[0, 1\] is negative"),
    ({"regular_hours": [[8, 8]]}, r"regular_hours has shape \(1, 2\), expected \(1, 3\)"),
    ({"regular_hours": [8, 8, 8]}, "expected resources × months"),
    ({"overtime_hours": [[1, -1, 1]]}, r"overtime_hours\[0, 1\] is negative"),
    ({"overtime_cost": [1, 2]}, r"overtime_cost has shape \(2,\), expected \(1,\)"),
    ({"smoothing_cost": [-1]}, r"smoothing_cost\[0\] is negative"),
    ({"routing": [(0, 0, 1)]}, "routing has shape"),
    ({"routing": [(0, 0, 1, 0), (2, 0, 1, 0)]}, r"routing item\[1\] is unknown, there are 2: 2"),
    ({"routing": [(0, 1, 1, 0)]}, r"routing resource\[0\] is unknown, there are 1: 1"),
    ({"routing": [(0, 0, -1, 0)]}, r"routing hours_per_unit\[0\] is negative"),
    ({"routing": [(0, 0, 1, 0.5)]}, r"routing offset_months\[0\] is not a whole number"),
    ({"bom": [(0, 7, 1)]}, r"bom component\[0\] is unknown"),
    ({"bom": [(0, 1, np.nan)]}, r"bom quantity_per\[0\] is not a number"),
    ({"bom": [(0, 1, 1), (1, 0, 1)]}, "bom has a cycle through item [01]"),
    ({"bom": [(1, 1, 1)]}, "bom has a cycle through item 1"),
    ({"workforce": [CREW._replace(resource=3)]}, r"workforce\[0\] resource 3 is unknown"),
    ({"workforce": [CREW, CREW]}, r"workforce\[1\] resource 0 is unknown or named twice"),
    ({"workforce": [CREW._replace(wage_per_month=np.nan)]}, r"workforce\[0\] wage_per_month is not a number"),
    ({"workforce": [CREW._replace(regular_hours_per_worker=[1, -1, 1])]}, r"regular_hours_per_worker\[1\] is negative"),
]


@pytest.mark.parametrize(("change", "message"), BAD, ids=[message for _, message in BAD])
def test_bad_input_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        SupplyProblem(**(GOOD | change))


def test_every_option_is_off_by_default():
    problem = SupplyProblem(**GOOD)
    assert problem.lead_time.tolist() == [0, 0]
    assert np.isinf(problem.backorder_cost).all()
    assert np.isinf(problem.max_production).all()
    assert problem.routing.shape == (0, 4)
    assert problem.resources == 1


def test_one_number_stands_for_all():
    assert SupplyProblem(**(GOOD | {"safety_stock": 7})).safety_stock.shape == (2, 3)


def test_resources_of_a_workforce_need_no_hours_of_their_own():
    fields = {name: value for name, value in GOOD.items() if name != "regular_hours"}
    assert SupplyProblem(**fields, workforce=[CREW]).resources == 1


def test_arrays_are_copies_and_read_only():
    demand = np.ones((1, 2))
    problem = SupplyProblem(demand, np.zeros(1), np.ones(1), np.ones(1))
    demand[0, 0] = 99
    assert problem.demand[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        problem.demand[0, 0] = 2


def test_problem_can_be_replaced_in_part():
    problem = SupplyProblem(**GOOD, workforce=[CREW])
    assert dataclasses.replace(problem, production_cost=[2, 2]).production_cost.tolist() == [2, 2]


REFUSED = {
    r"alternates routing row\[0\] is unknown": {"alternates": [(1, 0, 1, 0)]},
    r"alternates resource\[0\] is unknown": {"alternates": [(0, 4, 1, 0)]},
    r"alternates hours_per_unit\[0\] is negative": {"alternates": [(0, 0, -1, 0)]},
    r"shelf_life\[0\] is not a whole number": {"shelf_life": 1.5},
    r"storage_site\[0\] is unknown, there are 0": {"storage_site": [0]},
    r"storage_site\[0\] is below -1": {"storage_site": [-2]},
    r"storage_use\[0\] is negative": {"storage_use": [-2]},
    "storage_limit has shape": {"storage_limit": [[1, 2, 3]]},
    r"storage_limit\[0, 1\] is negative": {"storage_limit": [[1, -2]]},
}


@pytest.mark.parametrize("complaint", REFUSED)
def test_field_of_alternates_shelf_life_and_storage_is_named(complaint):
    basis = {"opening_inventory": [0], "production_cost": [1], "holding_cost": [1]}
    with pytest.raises(ValueError, match=complaint):
        SupplyProblem(demand=[[1, 1]], routing=[(0, 0, 1, 0)], regular_hours=[[9, 9]], **(basis | REFUSED[complaint]))
