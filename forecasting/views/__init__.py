"""Pages of the forecast."""

from forecasting.views.cleansing import check, decide
from forecasting.views.opinion import ask
from forecasting.views.opinion import chart as opinion_chart
from forecasting.views.page import chart, index, series
from forecasting.views.run import run

__all__ = ["ask", "chart", "check", "decide", "index", "opinion_chart", "run", "series"]
