"""Numbers only: histories in, forecasts out. Nothing here knows dates, products, people or Django."""

from forecasting.engine.adding_up import WAYS, Hierarchy, add_up
from forecasting.engine.boosted import Boosted
from forecasting.engine.boosted import is_installed as boosting_is_installed
from forecasting.engine.explain import Explanation, explain
from forecasting.engine.launch import launch_profile, phase_in
from forecasting.engine.outliers import Proposals, propose_outliers
from forecasting.engine.pattern import PATTERNS
from forecasting.engine.points import MEMBER_NAMES
from forecasting.engine.portfolio import ENGINE_VERSION, Forecast, Shared, forecast, learn
from forecasting.engine.reconcile import Coherent, best_by_group, bottom_up, middle_out, reconcile, take_by_group

__all__ = [
    "ENGINE_VERSION",
    "MEMBER_NAMES",
    "PATTERNS",
    "WAYS",
    "Boosted",
    "Coherent",
    "Explanation",
    "Forecast",
    "Hierarchy",
    "Proposals",
    "Shared",
    "add_up",
    "best_by_group",
    "boosting_is_installed",
    "bottom_up",
    "explain",
    "forecast",
    "launch_profile",
    "learn",
    "middle_out",
    "phase_in",
    "propose_outliers",
    "reconcile",
    "take_by_group",
]
