"""Action items: of every cycle, because one that is not done is carried over by itself."""

import datetime as dt

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from reviews.models import ActionItem
from sop.models import User

OPEN = (ActionItem.State.OPEN, ActionItem.State.IN_PROGRESS)


def action_items(*, today: dt.date) -> QuerySet[ActionItem]:
    """Overdue first, then open by due date, then what is over. One query."""
    order = Case(
        When(Q(state__in=OPEN, due__lt=today), then=Value(0)),
        When(state__in=OPEN, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return ActionItem.objects.select_related("owner", "cycle", "decision", "department").order_by(order, "due", "id")


def overdue(today: dt.date) -> QuerySet[ActionItem]:
    return ActionItem.objects.filter(state__in=OPEN, due__lt=today).select_related("owner").order_by("due", "id")


def open_of(user: User) -> QuerySet[ActionItem]:
    """What this person still has to do. One query."""
    return ActionItem.objects.filter(state__in=OPEN, owner=user).order_by("due", "id")


def shell_counts(user: User) -> dict[str, int]:
    """What the navigation counts, by the name of the page. One query."""
    return {"reviews:actions": open_of(user).count()}


def filtered(*, today: dt.date, owner: User | None, state: str) -> QuerySet[ActionItem]:
    """What the Actions page lists: everybody's or one's own, what is still to be done or all of it."""
    items = action_items(today=today)
    items = items.filter(owner=owner) if owner else items
    return items.filter(state__in=OPEN) if state == "open" else items


def board(items: list[ActionItem]) -> list[tuple[str, list[ActionItem]]]:
    """The same items as columns by state, in the order given."""
    return [
        (str(state).capitalize(), [item for item in items if item.state == state]) for state in ActionItem.State.values
    ]
