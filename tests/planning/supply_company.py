"""A company small enough to plan by hand: a bicycle of a frame, two pedals and ten screws."""

import datetime as dt
from typing import Any

import numpy as np

from planning.actions import plan_demand
from planning.models import Component, InventoryBalance, ProductionLine, ProductionPlan, Resource, Routing
from sop.actions import runs
from sop.models import Cycle, Product, ProductCost, ProductPrice, Run
from tests import factories as make

MAY, JUNE = dt.date(2026, 5, 1), dt.date(2026, 6, 1)
HORIZON = 6


class SupplyCompany:
    """Demand a month: 100 bicycles, 20 frames, 50 pedals. Screws are neither sold nor counted.

    Assembly takes an hour a bicycle of 120, welding two hours a frame of 400.
    """

    def __init__(self) -> None:
        self.planner = make.make_user("olga", "operations", "planner")
        self.bikes, self.spares = make.make_family("bikes"), make.make_family("spares")
        self.bike = self._product("bike", self.bikes, price=100, cost=60)
        self.frame = self._product("frame", self.spares, price=40, cost=20)
        self.pedal = self._product("pedal", self.spares, price=9, cost=5, make_or_buy="buy", lead_time_months=1)
        self.screw = self._product("screw", None, cost=1, sold=False, make_or_buy="buy", lead_time_months=1)
        for component, quantity in ((self.frame, 1), (self.pedal, 2), (self.screw, 10)):
            Component.objects.create(parent=self.bike, component=component, quantity_per=quantity)
        self.assembly = self._resource("assembly", 120, 30)
        self.welding = self._resource("welding", 400, 100)
        Routing.objects.create(product=self.bike, resource=self.assembly, hours_per_unit=1)
        Routing.objects.create(product=self.frame, resource=self.welding, hours_per_unit=2)
        for product, on_hand in ((self.bike, 40), (self.frame, 10), (self.pedal, -5)):
            InventoryBalance.objects.create(product=product, site=make.make_site(), month=MAY, on_hand=on_hand)
        self.cycle = make.make_cycle(JUNE, HORIZON)
        self.demand = {make.make_series(self.bike): 100.0, make.make_series(self.frame): 20.0}
        self.demand |= {make.make_series(self.pedal): 50.0}

    def sell(self) -> None:
        """Publish a forecast and make the sales plan of it."""
        make.make_forecast(self.cycle, self.demand)
        self.sales_plan = plan_demand(cycle=self.cycle, by=make.make_demand_planner())

    def supply(self, strategy: str = "optimal") -> ProductionPlan:
        """Run the supply job here and now."""
        run = run_job("supply", self.cycle, {"strategy": strategy}, by=self.planner)
        assert run.state == Run.State.DONE, run.error
        return ProductionPlan.objects.get(run=run)

    def line(self, plan: ProductionPlan, product: Product) -> ProductionLine:
        return ProductionLine.objects.get(plan=plan, product=product)

    def _product(self, code: str, family: Any, *, cost: float, price: float = 0, **fields: Any) -> Product:
        product = Product.objects.create(code=code, name=code.capitalize(), family=family, **fields)
        ProductCost.objects.create(product=product, valid_from=make.LONG_AGO, unit_cost=cost)
        if price:
            ProductPrice.objects.create(product=product, valid_from=make.LONG_AGO, price=price)
        return product

    def _resource(self, code: str, regular: float, overtime: float) -> Resource:
        resource = make.make_resource(code, regular, overtime)
        resource.overtime_hourly_cost = 3.0
        resource.save()
        return resource


def run_job(kind: str, cycle: Cycle, parameters: dict[str, Any] | None = None, *, by: Any = None) -> Run:
    """Start a job and work it in this process until it ends."""
    return runs.run_inline(runs.start(kind=kind, cycle=cycle, parameters=parameters, by=by))


def assert_balances(plan: ProductionPlan) -> None:
    """What was there, came in and went out is what is left, for every product and month."""
    for line in ProductionLine.objects.filter(plan=plan).select_related("product"):
        came = line.arrivals + line.subcontract + line.receipts + line.lost
        net = line.opening + np.cumsum(came - line.demand - line.dependent)
        size = 1 + np.abs(net).max()
        np.testing.assert_allclose(line.inventory - line.backorder, net, atol=1e-6 * size, err_msg=line.product.code)
