"""`manage.py plan_supply`: compute the production plan of a cycle, here and now, worker or no worker."""

from typing import Any

from django.core.management.base import CommandParser

from planning.models import ProductionPlan
from sop.management.job_command import JobCommand
from sop.permissions import Verb


class Command(JobCommand):
    help = "Compute the production plan that serves a cycle's sales plan, and make it the current one."
    kind = "supply"
    verb = Verb.PLAN_SUPPLY

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        strategies = ProductionPlan.Strategy
        parser.add_argument("--strategy", choices=strategies.values, default=strategies.OPTIMAL.value)

    def parameters(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"strategy": options["strategy"]}

    def summary(self, result: dict[str, Any]) -> str:
        return (
            f"{result['strategy'].capitalize()} plan of {result['products']} products and parts for {result['cycle']}:"
            f" {result['lost']:g} units lost, {result['late_at_end']:g} late at the end,"
            f" {result['overtime_hours']:g} h overtime, {result['overloads']} overloads"
        )
