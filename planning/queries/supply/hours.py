"""The hours of resources: from working days or as entered, as rated and as demonstrated, and those of people."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planning.engine import Workforce
from planning.models import Calendar, Capacity, Crew, Resource, SalesPlan
from planning.queries.supply.catalogue import Numbers
from sop import months

PERCENT = 100


@dataclass(frozen=True, eq=False)
class Hours:
    """Hours [r, t]. A resource with a crew has those of the people it has when the plan begins."""

    rated: Numbers  # what the calendar or the month's own entry gives
    regular: Numbers  # of it, what the resource has shown it can do: the plan counts on these
    overtime: Numbers  # the most of it
    crews: tuple[Workforce, ...]


def resources() -> list[Resource]:
    """Every resource with its calendar, its shutdowns and its crew. Two queries."""
    return list(Resource.objects.select_related("calendar", "crew").prefetch_related("calendar__shutdowns"))


def hours(of: Sequence[Resource], sales_plan: SalesPlan) -> Hours:
    """Hours by resource and plan month. A month with hours of its own has those. One query."""
    shape = (len(of), sales_plan.horizon)
    rated, overtime, working = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    shown = np.array([[each.demonstrated_percent / PERCENT] for each in of]).reshape(-1, 1)
    calendars = {each.calendar_id: each.calendar for each in of}
    days = {pk: working_days(calendar, sales_plan) for pk, calendar in calendars.items()}
    for row, each in enumerate(of):
        working[row] = days[each.calendar_id]
        daily = each.hours_per_working_day
        rated[row] = each.regular_hours_per_month if daily is None else daily * working[row]
        overtime[row] = each.overtime_hours_per_month
    _own_months(of, sales_plan, rated, overtime)
    crews = tuple(
        _workforce(row, each.crew, working[row], shown[row, 0]) for row, each in enumerate(of) if hasattr(each, "crew")
    )
    for crew in crews:
        rated[crew.resource] = crew.opening_workers * crew.regular_hours_per_worker / (shown[crew.resource] or 1.0)
        overtime[crew.resource] = crew.opening_workers * crew.overtime_hours_per_worker
    return Hours(rated, rated * shown, overtime, crews)


def working_days(calendar: Calendar | None, sales_plan: SalesPlan) -> list[int]:
    """Working days of each plan month; Mondays to Fridays without a calendar."""
    if calendar is None:
        return [months.working_days(month) for month in sales_plan.months]
    closed = [(each.first_day, each.last_day) for each in calendar.shutdowns.all()]
    return [months.working_days(month, calendar.days_per_week, closed) for month in sales_plan.months]


def _own_months(of: Sequence[Resource], sales_plan: SalesPlan, rated: Numbers, overtime: Numbers) -> None:
    row = {resource.pk: position for position, resource in enumerate(of)}
    end = months.add(sales_plan.start, sales_plan.horizon)
    for each in Capacity.objects.filter(month__gte=sales_plan.start, month__lt=end):
        place = row[each.resource_id], months.distance(sales_plan.start, each.month)
        rated[place], overtime[place] = each.regular_hours, each.overtime_hours


def _workforce(row: int, crew: Crew, working: Numbers, shown: float) -> Workforce:
    return Workforce(
        resource=row,
        opening_workers=crew.workers,
        regular_hours_per_worker=crew.hours_per_worker_day * working * shown,
        overtime_hours_per_worker=np.full(working.size, crew.overtime_hours_per_worker_month),
        wage_per_month=crew.wage_per_month,
        hire_cost=crew.hire_cost,
        layoff_cost=crew.layoff_cost,
        whole=crew.whole,
    )
