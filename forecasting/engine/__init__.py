"""Numbers only: histories in, forecasts out. Nothing here knows dates, products, people or Django."""

from forecasting.engine.pattern import PATTERNS
from forecasting.engine.points import MEMBER_NAMES
from forecasting.engine.portfolio import ENGINE_VERSION, Forecast, forecast

__all__ = ["ENGINE_VERSION", "MEMBER_NAMES", "PATTERNS", "Forecast", "forecast"]
