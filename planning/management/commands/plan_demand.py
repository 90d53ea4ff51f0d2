"""`manage.py plan_demand`: make the sales plan of a cycle from its forecast."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from planning.actions import plan_demand
from sop.errors import PlanningError
from sop.management.people import acting, add_user_option
from sop.queries import cycles


class Command(BaseCommand):
    help = "Make or remake a cycle's sales plan: baseline plus events where nobody has entered anything."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cycle", metavar="YYYY-MM", help="The first plan month; the newest cycle if absent.")
        add_user_option(parser)
        parser.add_argument("--json", action="store_true", help="Print the result as one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        by = acting(options["user"])
        try:
            plan = plan_demand(cycle=cycles.named_or_newest(options["cycle"]), by=by)
        except PlanningError as error:
            raise CommandError(error.detail) from error
        series = plan.lines.filter(series__isnull=False).count()
        units = sum(line.sum() for line in plan.lines.filter(series=None).values_list("consensus", flat=True))
        result = {"cycle": plan.cycle.code, "plan": plan.pk, "version": plan.version, "series": series, "units": units}
        self.stdout.write(
            json.dumps(result)
            if options["json"]
            else f"Sales plan of {plan.cycle}, version {plan.version}: {series:,} series, {units:,.0f} units."
        )
