"""On PostgreSQL: views in the schema `reporting` that turn vectors into rows, for SQL and reporting tools."""

from typing import Any

from django.db import migrations

PLACE = "product.code AS product, family.code AS family, market.code AS market"
JOINS = """
    JOIN sop_series series ON series.id = line.series_id
    JOIN sop_product product ON product.id = series.product_id
    LEFT JOIN sop_family family ON family.id = product.family_id
    JOIN sop_market market ON market.id = series.market_id
"""
# View → what identifies a row, the tables, the month of the first value, and the vectors.
VIEWS = {
    "history": (PLACE, f"sop_history line {JOINS}", "line.start", ("ordered", "shipped", "revenue")),
    "forecast": (
        f"cycle.first_month AS cycle, head.state, {PLACE}",
        f"forecasting_forecastline line {JOINS} JOIN forecasting_forecast head ON head.id = line.forecast_id"
        " JOIN sop_cycle cycle ON cycle.id = head.cycle_id",
        "head.start",
        ("mean", "lower80", "upper80", "lower90", "upper90"),
    ),
    "sales_plan": (
        f"cycle.first_month AS cycle, head.id AS plan, head.version, head.frozen_at, {PLACE}",
        f"planning_salesplanline line {JOINS} JOIN planning_salesplan head ON head.id = line.plan_id"
        " JOIN sop_cycle cycle ON cycle.id = head.cycle_id",
        "head.start",
        ("baseline", "events", "consensus", "revenue", "cost"),
    ),
    "production_plan": (
        "cycle.first_month AS cycle, head.id AS plan, head.strategy, head.current, head.frozen_at,"
        " product.code AS product",
        "planning_productionline line JOIN sop_product product ON product.id = line.product_id"
        " JOIN planning_productionplan head ON head.id = line.plan_id JOIN sop_cycle cycle ON cycle.id = head.cycle_id",
        "head.start",
        ("demand", "dependent", "production", "arrivals", "subcontract", "receipts", "inventory", "backorder", "lost"),
    ),
    "resource_load": (
        "cycle.first_month AS cycle, head.id AS plan, head.strategy, head.current, head.frozen_at,"
        " resource.code AS resource",
        "planning_resourceload line JOIN planning_resource resource ON resource.id = line.resource_id"
        " JOIN planning_productionplan head ON head.id = line.plan_id JOIN sop_cycle cycle ON cycle.id = head.cycle_id",
        "head.start",
        ("load", "regular", "overtime", "overtime_limit", "price"),
    ),
}


def create(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("CREATE SCHEMA IF NOT EXISTS reporting")
    for name, (columns, tables, start, vectors) in VIEWS.items():
        values = ", ".join(f"value.{vector}" for vector in vectors)
        arrays = ", ".join(f"line.{vector}" for vector in vectors)
        schema_editor.execute(
            f"CREATE VIEW reporting.{name} AS"
            f" SELECT {columns}, ({start} + (value.position - 1) * interval '1 month')::date AS month, {values}"
            f" FROM {tables}"
            f" CROSS JOIN LATERAL unnest({arrays}) WITH ORDINALITY AS value({', '.join(vectors)}, position)"
        )


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for name in VIEWS:
            schema_editor.execute(f"DROP VIEW IF EXISTS reporting.{name}")


class Migration(migrations.Migration):
    dependencies = [
        ("sop", "0001_initial"),
        ("forecasting", "0002_initial"),
        ("planning", "0003_frozen_plans"),
    ]

    operations = [migrations.RunPython(create, drop)]
