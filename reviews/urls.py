"""Home and the pages of the reviews."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
