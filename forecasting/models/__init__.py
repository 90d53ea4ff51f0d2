"""Baseline forecasts, and the corrections of the history that they are made from."""

from forecasting.models.corrections import Correction
from forecasting.models.forecasts import Forecast, ForecastLine, Learned

__all__ = ["Correction", "Forecast", "ForecastLine", "Learned"]
