"""Pages that belong to no one planning step: the live feed, job control and the health check."""

from sop.views.live import events
from sop.views.ops import favicon, health
from sop.views.runs import cancel_run

__all__ = ["cancel_run", "events", "favicon", "health"]
