"""`manage.py check_capacity`: does the sales plan fit the capacity?"""

from typing import Any

from sop.management.job_command import JobCommand
from sop.permissions import Verb

SHOWN = 10


class Command(JobCommand):
    help = "Explode a cycle's sales plan into hours and compare them with the capacity. Uses no solver."
    kind = "capacity"
    verb = Verb.PLAN_SUPPLY

    def summary(self, result: dict[str, Any]) -> str:
        found = result["overloads"]
        if not found:
            return f"The sales plan of {result['cycle']} fits the regular hours of every resource."
        more = [f"… and {len(found) - SHOWN} more; --json lists all of them"] if len(found) > SHOWN else []
        return "\n".join([*(self._line(each) for each in found[:SHOWN]), *more])

    def _line(self, overload: dict[str, Any]) -> str:
        percent = "no hours at all" if overload["load_percent"] is None else f"{overload['load_percent']} %"
        return f"{overload['month']} {overload['name']}: {percent}, {overload['hours_over']} h over regular hours"
