"""Addresses of the forecast."""

from django.urls import path

from forecasting import views

app_name = "forecasting"

urlpatterns = [path("forecasts/run/", views.run, name="run")]
