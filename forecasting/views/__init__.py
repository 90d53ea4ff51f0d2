"""Pages of the forecast."""

from forecasting.views.cleansing import check, decide
from forecasting.views.page import chart, index, series
from forecasting.views.run import run

__all__ = ["chart", "check", "decide", "index", "run", "series"]
