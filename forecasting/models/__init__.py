"""Baseline forecasts."""

from forecasting.models.forecasts import Forecast, ForecastLine

__all__ = ["Forecast", "ForecastLine"]
