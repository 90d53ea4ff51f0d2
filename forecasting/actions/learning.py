"""What a forecast's series learned from each other: learned once from a sample, kept with the forecast, read again."""

import zlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from django.conf import settings

from forecasting import engine
from forecasting.models import Forecast, Learned
from forecasting.queries import histories
from sop import months

LEVELS = (0.8, 0.9)
# Every so many series are enough to learn from; what is learned must not depend on how the work is cut.
SAMPLE = 1_500


def sample(series: Sequence[int]) -> list[int]:
    """Evenly spread over the portfolio, the same in every run."""
    step = max(1, -(-len(series) // SAMPLE))
    return list(series[::step])


def shared(forecast: Forecast) -> engine.Shared:
    """What was learned for a forecast. Workers that ask at the same time all learn it, and the same."""
    found = Learned.objects.filter(forecast=forecast).first()
    return _read(found or _learn(forecast))


def must_train(forecast: Forecast) -> bool:
    """Whether `shared` will train the boosted model first, which takes minutes. One query."""
    return _boosting() and not Learned.objects.filter(forecast=forecast).exists()


def history_of(forecast: Forecast, series: Sequence[int]) -> Any:
    known = forecast.parameters["known_until"]
    return histories(forecast.cycle, series, known_until=months.parse(known) if known else None)


def _learn(forecast: Forecast) -> Learned:
    past = history_of(forecast, forecast.parameters["learned_from"])
    found = engine.learn(past.ordered, forecast.horizon, levels=LEVELS, groups=past.family, boost=_boosting())
    boosted = asdict(found.boosted) if found.boosted else None
    model = boosted.pop("model") if boosted else ""
    keep = found.boosted is not None and found.boosted.earned
    content = {"quantiles": {name: table.tolist() for name, table in found.quantiles.items()}, "boosted": boosted}
    packed = zlib.compress(model.encode()) if keep else None
    return Learned.objects.get_or_create(forecast=forecast, defaults={"content": content, "model": packed})[0]


def _read(found: Learned) -> engine.Shared:
    quantiles = {name: np.array(table) for name, table in found.content["quantiles"].items()}
    model = zlib.decompress(bytes(found.model)).decode() if found.model else ""
    boosted = engine.Boosted(model=model, **found.content["boosted"]) if model else None
    return engine.Shared(quantiles, LEVELS, boosted)


def _boosting() -> bool:
    return settings.BOOSTED_FORECAST and engine.boosting_is_installed()
