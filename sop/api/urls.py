"""Below /api/: the schema, its page, and every app's part of version 1. Apps above are reached by string only."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny

from sop.api import inbox, problems, views
from sop.api.docs import docs
from sop.api.routers import Router

router = Router()
router.register("families", views.FamilyViewSet, basename="family")
router.register("products", views.ProductViewSet, basename="product")
router.register("product-prices", views.ProductPriceViewSet, basename="product-price")
router.register("product-costs", views.ProductCostViewSet, basename="product-cost")
router.register("markets", views.MarketViewSet, basename="market")
router.register("sites", views.SiteViewSet, basename="site")
router.register("actuals", views.ActualsViewSet, basename="actuals")
router.register("history", views.HistoryViewSet, basename="history")
router.register("cycles", views.CycleViewSet, basename="cycle")
router.register("notifications", inbox.NotificationViewSet, basename="notification")

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(permission_classes=[AllowAny]), name="api-schema"),
    path("docs/", docs, name="api-docs"),
    path("v1/", include(router.urls)),
    path("v1/", include("forecasting.api.urls")),
    path("v1/", include("planning.api.urls")),
    path("v1/", include("reviews.api.urls")),
    re_path("", problems.not_found),
]
