"""On PostgreSQL a guard that keeps the lines of frozen plans as they are.

It is a statement-level trigger, so that a bulk write of 100,000 lines is checked by one join and not row by row.
SQLite gets none: Django rebuilds a table there to alter it, which would drop the trigger unnoticed. The actions refuse
on either database, and the digest of a snapshot shows a change that went round them.
"""

from typing import Any

from django.db import migrations

LINES = {
    "planning_salesplanline": "planning_salesplan",
    "planning_input": "planning_salesplan",
    "planning_productionline": "planning_productionplan",
    "planning_resourceload": "planning_productionplan",
}


def guard(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for lines, plans in LINES.items():
        schema_editor.execute(
            f"""
            CREATE FUNCTION {lines}_stay() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF EXISTS (
                    SELECT 1 FROM touched WHERE plan_id IN (SELECT id FROM {plans} WHERE frozen_at IS NOT NULL)
                ) THEN
                    RAISE EXCEPTION 'The lines of a frozen plan cannot be changed.' USING ERRCODE = 'restrict_violation';
                END IF;
                RETURN NULL;
            END $$
            """
        )
        for event in ("UPDATE", "DELETE"):
            schema_editor.execute(
                f"CREATE TRIGGER {lines}_stay_{event.lower()} AFTER {event} ON {lines} "
                f"REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION {lines}_stay()"
            )


def unguard(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for lines in LINES:
            schema_editor.execute(f"DROP FUNCTION {lines}_stay() CASCADE")


class Migration(migrations.Migration):
    dependencies = [("planning", "0002_initial")]

    operations = [migrations.RunPython(guard, unguard)]
