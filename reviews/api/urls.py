"""Below /api/v1/."""

from reviews.api.accuracy import AccuracyViewSet
from reviews.api.action_items import ActionItemViewSet
from reviews.api.agenda import AgendaItemViewSet
from reviews.api.decisions import DecisionViewSet
from reviews.api.meetings import MeetingViewSet
from reviews.api.published_plans import PublishedPlanViewSet
from sop.api.routers import Router

router = Router()
router.register("decisions", DecisionViewSet, basename="decision")
router.register("action-items", ActionItemViewSet, basename="action-item")
router.register("agenda-items", AgendaItemViewSet, basename="agenda-item")
router.register("meetings", MeetingViewSet, basename="meeting")
router.register("published-plans", PublishedPlanViewSet, basename="published-plan")
router.register("accuracy", AccuracyViewSet, basename="accuracy")
urlpatterns = router.urls
