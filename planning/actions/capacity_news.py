"""What a capacity check found that the one before it did not, told to whoever owns the resource."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from planning.models import Resource
from sop import months
from sop.actions.notify import notify
from sop.models import Run

NAMED = 3
Overload = dict[str, Any]


@dataclass(frozen=True)
class News:
    """Of one resource: the months that no longer fit, the worst first, and those that fit again."""

    over: list[Overload] = field(default_factory=list)
    freed: list[Overload] = field(default_factory=list)


def compare(before: Sequence[Overload], after: Sequence[Overload]) -> dict[str, News]:
    """News by the code of the resource; only resources that have any."""
    found: dict[str, News] = defaultdict(News)
    old, new = ({(each["resource"], each["month"]) for each in overloads} for overloads in (before, after))
    for each in after:
        if (each["resource"], each["month"]) not in old:
            found[each["resource"]].over.append(each)
    for each in before:
        if (each["resource"], each["month"]) not in new:
            found[each["resource"]].freed.append(each)
    return dict(found)


def tell(news: dict[str, News], run: Run) -> None:
    """A line in the inbox of each owner; whoever may not see the plans gets none."""
    owned = Resource.objects.filter(code__in=news, owner__isnull=False).select_related("owner")
    for resource in owned:
        if resource.owner and run.cycle:
            told = news[resource.code]
            month = (told.over or told.freed)[0]["month"]
            cell = {"cycle": run.cycle.code, "resource": resource.code, "month": month}
            notify(
                [resource.owner],
                kind="capacity.overload",
                text=in_words(resource.name, told),
                url=f"{reverse('planning:supply')}?{urlencode(cell)}",
                actor=run.requested_by,
            )


def in_words(name: str, told: News) -> str:
    """“Welding no longer fits in Aug 26 (40 h over); it fits again in Jun 26.”"""
    over = _listed([f"{_month(each)} ({each['hours_over']:,.0f} h over)" for each in told.over])
    freed = _listed([_month(each) for each in sorted(told.freed, key=lambda each: each["month"])])
    if over and freed:
        return f"{name} no longer fits in {over}; it fits again in {freed}"
    return f"{name} no longer fits in {over}" if over else f"{name} fits again in {freed}"


def _month(overload: Overload) -> str:
    return months.short(months.parse(overload["month"]))


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
