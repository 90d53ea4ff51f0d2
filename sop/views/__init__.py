"""Pages that belong to no one planning step: the live feed, the inbox, search, job control and the health check."""

from sop.views.inbox import inbox, latest, open_line, read_all
from sop.views.live import events
from sop.views.ops import favicon, health
from sop.views.runs import cancel_run
from sop.views.search import search

__all__ = ["cancel_run", "events", "favicon", "health", "inbox", "latest", "open_line", "read_all", "search"]
