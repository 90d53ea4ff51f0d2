"""The map of addresses. Apps above are reached by string only."""

from django.urls import include, path

urlpatterns = []
