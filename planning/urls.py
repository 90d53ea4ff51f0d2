"""Addresses of planning."""

from django.urls import path

from planning.views import demand

app_name = "planning"

demand_urls = [
    path("demand/", demand.demand, name="demand"),
    path("demand/plan/", demand.make_plan, name="make-plan"),
    path("demand/<int:pk>/rows/", demand.demand_rows, name="demand-rows"),
    path("demand/<int:pk>/edits/", demand.demand_edit, name="demand-edit"),
    path("demand/<int:pk>/undo/", demand.demand_undo, name="demand-undo"),
    path("demand/<int:pk>/chart/", demand.demand_chart, name="demand-chart"),
    path("demand/<int:pk>/cell/", demand.demand_cell, name="demand-cell"),
]

urlpatterns = [*demand_urls]
