"""Locking the sales plan after its review, and the immutable copies that a sign-off keeps.

These are steps of a review's own transaction: the review that asks for them checks who may and records the change.
"""

from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from planning.actions import events
from planning.models import Input, ProductionLine, ProductionPlan, ResourceLoad, SalesPlan, SalesPlanLine
from sop.models import Cycle


def lock_plan(plan: SalesPlan) -> None:
    """Take no more entries: what supply plans from now on stands still."""
    SalesPlan.objects.filter(pk=plan.pk, locked_at__isnull=True).update(locked_at=timezone.now())
    plan.refresh_from_db(fields=["locked_at"])


def unlock_plan(plan: SalesPlan) -> None:
    """Take entries again, and what has been assumed meanwhile."""
    SalesPlan.objects.filter(pk=plan.pk).update(locked_at=None)
    plan.locked_at = None
    events.everything(plan)


def lock_supply(cycle: Cycle) -> None:
    """Keep the current production plan the one that was reviewed."""
    cycle.production_plans.filter(current=True).update(locked_at=timezone.now())


def unlock_supply(cycle: Cycle) -> None:
    """Let supply be planned again."""
    cycle.production_plans.filter(locked_at__isnull=False).update(locked_at=None)


@transaction.atomic
def freeze_sales_plan(plan: SalesPlan) -> SalesPlan:
    """An immutable copy of the plan with its lines and the entries behind them, copied inside the database."""
    now = timezone.now()
    copy = SalesPlan.objects.create(
        cycle_id=plan.cycle_id,
        forecast_id=plan.forecast_id,
        start=plan.start,
        horizon=plan.horizon,
        version=plan.version,
        locked_at=plan.locked_at,
        frozen_at=now,
    )
    for model in (SalesPlanLine, Input):
        _copy_children(model, plan, copy)
    return copy


@transaction.atomic
def freeze_production_plan(plan: ProductionPlan, sales_plan: SalesPlan) -> ProductionPlan:
    """An immutable copy of the plan, resting on the frozen copy of the sales plan."""
    copy = ProductionPlan.objects.create(
        cycle_id=plan.cycle_id,
        sales_plan=sales_plan,
        demand_version=plan.demand_version,
        strategy=plan.strategy,
        start=plan.start,
        horizon=plan.horizon,
        cost=plan.cost,
        bound=plan.bound,
        gap=plan.gap,
        method=plan.method,
        seconds=plan.seconds,
        risk=plan.risk,
        edits=plan.edits,
        frozen_at=timezone.now(),
    )
    for model in (ProductionLine, ResourceLoad):
        _copy_children(model, plan, copy)
    return copy


def _copy_children(model: type[models.Model], source: models.Model, target: models.Model) -> None:
    """INSERT … SELECT of all rows that point at `source` by `plan`; vectors never leave the database."""
    quote = connection.ops.quote_name
    columns = [str(field.column) for field in model._meta.concrete_fields if not field.primary_key]
    values: list[Any] = ["%s" if column == "plan_id" else quote(column) for column in columns]
    table = quote(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(map(quote, columns))}) "
            f"SELECT {', '.join(values)} FROM {table} WHERE {quote('plan_id')} = %s",
            [target.pk, source.pk],
        )
