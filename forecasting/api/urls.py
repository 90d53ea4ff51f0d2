"""Below /api/v1/."""

from rest_framework.routers import SimpleRouter

from forecasting.api.views import CorrectionViewSet, ForecastViewSet

router = SimpleRouter()
router.register("forecasts", ForecastViewSet, basename="forecast")
router.register("corrections", CorrectionViewSet, basename="correction")
urlpatterns = router.urls
