"""Addresses of the forecast."""

from django.urls import path

from forecasting import views

app_name = "forecasting"

urlpatterns = [
    path("forecast/", views.index, name="index"),
    path("forecast/chart/", views.chart, name="chart"),
    path("forecast/series/<int:pk>/", views.series, name="series"),
    path("forecast/series/<int:pk>/second-opinion/", views.ask, name="ask"),
    path("forecast/series/<int:pk>/parts/", views.opinion_chart, name="opinion-chart"),
    path("forecast/history/check/", views.check, name="check-history"),
    path("forecast/history/decide/", views.decide, name="decide"),
    path("forecasts/run/", views.run, name="run"),
]
