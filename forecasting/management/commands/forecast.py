"""`manage.py forecast`: forecast every series of a cycle, here and now, worker or no worker."""

from typing import Any

from django.core.management.base import CommandParser

from forecasting.queries.lines import TOTAL, part_again
from sop.management.job_command import JobCommand
from sop.permissions import EVERYTHING, Verb


class Command(JobCommand):
    help = "Forecast every series of a cycle and publish the result."
    kind = "forecast"
    verb = Verb.RUN_FORECAST

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--row", action="append", default=[], help="Only family:CODE, product:CODE or series:NUMBER; repeatable."
        )
        parser.add_argument("--market", default="", metavar="CODE", help="Only this market.")
        super().add_arguments(parser)

    def parameters(self, options: dict[str, Any]) -> dict[str, Any]:
        rows, market = options["row"], options["market"]
        return part_again(rows or [TOTAL], market, EVERYTHING) if rows or market else {}

    def summary(self, result: dict[str, Any]) -> str:
        done = f"{result['series']} series forecast for {result['cycle']}"
        if result["wape"] is None:
            return done
        return f"{done}: WAPE {result['wape']:.1%}, seasonal naive {result['naive_wape']:.1%}"
