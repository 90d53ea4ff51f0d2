"""Below /api/v1/."""

from planning.api import assumptions, comments, masters, plans, product_changes, scenarios, streams
from sop.api.routers import Router

router = Router()
router.register("parts", masters.PartViewSet, basename="part")
router.register("resources", masters.ResourceViewSet, basename="resource")
router.register("calendars", masters.CalendarViewSet, basename="calendar")
router.register("shutdowns", masters.ShutdownViewSet, basename="shutdown")
router.register("storage", masters.StorageViewSet, basename="storage")
router.register("crews", masters.CrewViewSet, basename="crew")
router.register("capacities", masters.CapacityViewSet, basename="capacity")
router.register("routings", masters.RoutingViewSet, basename="routing")
router.register("components", masters.ComponentViewSet, basename="component")
router.register("policies", masters.PolicyViewSet, basename="policy")
router.register("inventory", masters.InventoryViewSet, basename="inventory")
router.register("receipts", masters.ReceiptViewSet, basename="receipt")
router.register("budgets", masters.BudgetViewSet, basename="budget")
router.register("assumptions", assumptions.AssumptionViewSet, basename="assumption")
router.register("events", assumptions.EventViewSet, basename="event")
router.register("product-changes", product_changes.ProductChangeViewSet, basename="product-change")
router.register("sales-plans", plans.SalesPlanViewSet, basename="sales-plan")
router.register("production-plans", plans.ProductionPlanViewSet, basename="production-plan")
router.register("scenarios", scenarios.ScenarioViewSet, basename="scenario")
router.register("comments", comments.CommentViewSet, basename="comment")
router.register("streams", streams.StreamViewSet, basename="stream")
router.register("stream-submissions", streams.StreamSubmissionViewSet, basename="stream-submission")
urlpatterns = router.urls
