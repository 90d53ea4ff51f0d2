"""`manage.py forecast_file`: a forecast of anybody's series, from a CSV file to a CSV file, without a database."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from forecasting.actions import files
from sop.errors import PlanningError


class Command(BaseCommand):
    help = "Forecast the series of a CSV file (columns series, month, quantity) into another; needs no database."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", type=Path, metavar="IN.csv", help="The sales, by series and month.")
        parser.add_argument("target", type=Path, metavar="OUT.csv", help="The file to write the forecast into.")
        parser.add_argument("--horizon", type=int, required=True, metavar="MONTHS", help="Months to forecast, 1 to 60.")
        parser.add_argument("--members", action="store_true", help="Add a column for each method.")
        parser.add_argument(
            "--boosted", action="store_true", help="Let the boosted model join where it helps; needs LightGBM."
        )
        parser.add_argument("--json", action="store_true", help="Print the result as one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = files.forecast_file(
                source=options["source"],
                target=options["target"],
                horizon=options["horizon"],
                members=options["members"],
                boosted=options["boosted"],
            )
        except PlanningError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(json.dumps(result) if options["json"] else self.summary(result))

    def summary(self, result: dict[str, Any]) -> str:
        done = f"{result['series']} series forecast for {result['horizon']} months from {result['from']} on"
        if "boosted" in result:
            done += ", with the boosted model" if result["boosted"] else "; the boosted model would not help"
        if result["wape"] is None:
            return done
        return f"{done}: WAPE {result['wape']:.1%}, seasonal naive {result['naive_wape']:.1%}"
