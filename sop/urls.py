"""The map of addresses. Apps above are reached by string only."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from sop import views

account_urls = [
    path("login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
]
job_urls = [path("<int:pk>/cancel/", views.cancel_run, name="cancel")]
inbox_urls = [
    path("", views.inbox, name="inbox"),
    path("latest/", views.latest, name="latest"),
    path("read/", views.read_all, name="read"),
    path("<int:pk>/", views.open_line, name="open"),
]

urlpatterns = [
    path("", include(account_urls)),
    path("events/", views.events, name="events"),
    path("inbox/", include((inbox_urls, "inbox"))),
    path("search/", views.search, name="search"),
    path("health/", views.health, name="health"),
    path("favicon.ico", views.favicon),
    path("runs/", include((job_urls, "runs"))),
    path("admin/", admin.site.urls),
    path("api/", include("sop.api.urls")),
    path("", include("forecasting.urls")),
    path("", include("planning.urls")),
    path("", include("reviews.urls")),
]
