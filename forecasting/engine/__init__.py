"""Numbers only: histories in, forecasts out. Nothing here knows dates, products, people or Django."""

from forecasting.engine.portfolio import ENGINE_VERSION, Forecast, forecast

__all__ = ["ENGINE_VERSION", "Forecast", "forecast"]
