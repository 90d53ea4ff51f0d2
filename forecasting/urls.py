"""Addresses of the forecast."""

from django.urls import path

from forecasting import views

app_name = "forecasting"

urlpatterns = [
    path("demand/forecast/", views.index, name="index"),
    path("demand/forecast/chart/", views.chart, name="chart"),
    path("demand/forecast/series/<int:pk>/", views.series, name="series"),
    path("demand/forecast/series/<int:pk>/second-opinion/", views.ask, name="ask"),
    path("demand/forecast/series/<int:pk>/parts/", views.opinion_chart, name="opinion-chart"),
    path("demand/forecast/history/check/", views.check, name="check-history"),
    path("demand/forecast/history/decide/", views.decide, name="decide"),
    path("demand/forecast/run/", views.run, name="run"),
    path("demand/forecast/again/", views.again, name="again"),
]
