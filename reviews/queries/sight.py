"""A cycle's figures as one person may see them, each read when it is first asked for and only once."""

from functools import cached_property

from forecasting.models import Forecast
from planning.models import ProductionPlan, SalesPlan
from planning.queries import assumptions, plans
from planning.queries.assumptions import Range
from planning.queries.rows import Filters
from reviews.queries import figures
from reviews.queries.stages import production_plan
from sop.models import Cycle
from sop.permissions import Scope


class Sight:
    """Production is planned for all markets together: who sees only some of them sees none of it."""

    def __init__(self, cycle: Cycle, scope: Scope) -> None:
        self.cycle = cycle
        self.scope = scope

    @cached_property
    def accuracy(self) -> figures.Accuracy | None:
        forecast = self.cycle.forecasts.filter(state=Forecast.State.PUBLISHED).first()
        return figures.accuracy(forecast, self.scope) if forecast else None

    @cached_property
    def plan(self) -> SalesPlan | None:
        return plans.working(self.cycle)

    @cached_property
    def register(self) -> Range | None:
        """The risks and opportunities beside the sales plan."""
        return assumptions.outlook(self.plan, Filters(self.scope)) if self.plan else None

    @cached_property
    def gaps(self) -> list[figures.Gap]:
        return figures.gaps(self.plan, self.scope) if self.plan else []

    @cached_property
    def production(self) -> ProductionPlan | None:
        return production_plan(self.cycle) if self.scope.markets is None else None

    @cached_property
    def peaks(self) -> list[figures.Peak]:
        return figures.peaks(self.production) if self.production else []

    @cached_property
    def shortages(self) -> list[figures.Shortage]:
        return figures.shortages(self.production, self.scope) if self.production else []

    @cached_property
    def cover(self) -> float | None:
        return figures.cover(self.production, self.scope) if self.production else None
