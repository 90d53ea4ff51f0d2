"""Which forecast counts."""

from forecasting.models import Forecast
from sop.models import Cycle


def published(cycle: Cycle) -> Forecast | None:
    """The forecast of a cycle that pages and plans read; None before the first one. One query."""
    return Forecast.objects.filter(cycle=cycle, state=Forecast.State.PUBLISHED).first()
