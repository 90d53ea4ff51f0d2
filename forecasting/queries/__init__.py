"""Reads: histories for the engine, the published forecast, and what the fan chart draws."""

from forecasting.queries.fans import Fan, fan
from forecasting.queries.histories import Histories, histories
from forecasting.queries.published import published

__all__ = ["Fan", "Histories", "fan", "histories", "published"]
