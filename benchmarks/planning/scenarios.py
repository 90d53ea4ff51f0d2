"""What if at 1,000 products: from the click that adds a change to the page with the new figures and heat map.

The company is that of the supply job, its supply planned; the change and the page go through the web framework as the
browser's do, in one process.
"""

from functools import cache
from typing import Any

from benchmarks.forecasting.job import passing_database, start_django
from benchmarks.planning.supply_job import make_company
from benchmarks.registry import benchmark, stopwatch

CLICKS = 3


@benchmark("Scenario, 1,000 products × 20 resources, made", unit="s", at_most=1, database=True)
def made() -> float:
    return measured()[0]


@benchmark("Scenario, 1,000 products × 20 resources, click to new heat map", unit="s", at_most=2, database=True)
def click() -> float:
    return measured()[1]


@benchmark("Scenario, 1,000 products × 20 resources, worked out exactly", unit="s", at_most=5, database=True)
def exact() -> float:
    return measured()[2]


@cache
def measured() -> tuple[float, float, float]:
    """Seconds to make one, to change it and see the heat map (the slowest of three), and to work it out."""
    start_django()
    from django.core.management import call_command
    from django.test import Client

    with passing_database():
        from planning.actions import scenarios
        from planning.models import Scenario
        from sop.actions import runs
        from sop.models import Cycle, User

        make_company(1_000, 20)
        call_command("plan_supply", "--json", stdout=_Silence())
        planner, cycle = User.objects.create_superuser("planner"), Cycle.objects.get()
        client = Client(headers={"host": "localhost"})
        client.force_login(planner)
        with stopwatch() as making:
            scenario = scenarios.create(cycle=cycle, name="More", by=planner)
        slowest = max(_click(client, scenario.pk, share) for share in range(1, CLICKS + 1))
        with stopwatch() as working:
            parameters = {"scenario": scenario.pk}
            run = runs.run_inline(runs.start(kind="scenario", cycle=cycle, parameters=parameters, by=planner))
        assert run.state == "done", run.error
        assert Scenario.objects.get().changes.count() == CLICKS
        return making.seconds, slowest, working.seconds


def _click(client: Any, scenario: int, share: int) -> float:
    entered = {"target": "demand", "operation": "percent", "value": 5 * share, "family": f"F{share}"}
    with stopwatch() as watch:
        answer = client.post(f"/scenarios/{scenario}/changes/new/", entered, follow=True)
    assert "% of regular hours" in answer.content.decode(), answer.status_code
    return watch.seconds


class _Silence:
    def write(self, _: str) -> None:
        pass

    def flush(self) -> None:
        pass
