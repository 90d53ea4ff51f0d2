"""What the pages tell of jobs that are over."""

from django.db.models import Max

from sop.models import Cycle, Run

LABELS = {
    "forecast": "Forecast",
    "cleansing": "History check",
    "second-opinion": "Second opinion",
    "judging": "Assumptions",
    "supply": "Supply plan",
    "capacity": "Capacity check",
    "scenario": "Scenario",
}


def failures(cycle: Cycle | None, *kinds: str) -> list[str]:
    """Why the newest job of each kind failed, in a sentence; nothing once a later one succeeded or is at work. One
    query."""
    told = Run.objects.filter(cycle=cycle, kind__in=kinds).exclude(state=Run.State.CANCELLED)
    newest = told.order_by().values("kind").annotate(newest=Max("pk")).values("newest")
    return [_sentence(run) for run in Run.objects.filter(pk__in=newest, state=Run.State.FAILED)]


def _sentence(run: Run) -> str:
    why = run.error.removeprefix(f"The {run.kind} job failed: ").strip().rstrip(".") or "no reason was given"
    return f"The {LABELS.get(run.kind, run.kind).lower()} failed: {why}. The plan is as it was before."
