"""`manage.py forecast`: forecast every series of a cycle, here and now, worker or no worker."""

from typing import Any

from sop.management.job_command import JobCommand
from sop.permissions import Verb


class Command(JobCommand):
    help = "Forecast every series of a cycle and publish the result."
    kind = "forecast"
    verb = Verb.RUN_FORECAST

    def summary(self, result: dict[str, Any]) -> str:
        done = f"{result['series']} series forecast for {result['cycle']}"
        if result["wape"] is None:
            return done
        return f"{done}: WAPE {result['wape']:.1%}, seasonal naive {result['naive_wape']:.1%}"
