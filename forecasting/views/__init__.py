"""Pages of the forecast."""

from forecasting.views.cleansing import check, decide
from forecasting.views.opinion import ask
from forecasting.views.opinion import chart as opinion_chart
from forecasting.views.page import chart, index, series
from forecasting.views.run import again, run

__all__ = ["again", "ask", "chart", "check", "decide", "index", "opinion_chart", "run", "series"]
