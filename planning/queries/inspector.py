"""How a number in the sales plan came about."""

import datetime as dt
from dataclasses import dataclass, field

import numpy as np

from planning.models import Input, SalesPlanLine
from planning.queries import lineage, rows
from planning.queries.grid import Grid
from planning.queries.lineage import Earlier, Sold
from sop import months
from sop.errors import NotFound
from sop.models import Change


@dataclass(frozen=True)
class Step:
    """One contribution: what, how much, and whose word it is; `kind` names the mark of its row in the grid."""

    kind: str
    name: str
    value: float
    who: str = ""
    at: dt.datetime | None = None
    why: str = ""
    how: str = ""


@dataclass(frozen=True)
class Story:
    """The steps from the baseline to the consensus of a row in a month."""

    title: str
    month: str
    total: float
    steps: list[Step] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    sold: Sold | None = None
    earlier: list[Earlier] = field(default_factory=list)


SHOWN_CHANGES = 5
UNDOABLE = ("plan.edited", "plan.mass_edited", "plan.undone", "plan.locked", "plan.unlocked")
MARKS = {"marketing": "mkt", "finance": "fin", "consensus": "cons"}


def story(grid: Grid, key: str, month: str) -> Story:
    """Baseline, events, what each department said, and the consensus. Fourteen queries at most."""
    row = rows.parse(key).base
    day = months.parse(month) if month else grid.plan.start
    column = months.distance(grid.plan.start, day)
    if not 0 <= column < grid.plan.horizon:
        raise NotFound(f"{months.short(day)} is not a month of this plan.")
    series = rows.leaves(row, grid.filters)["series"].tolist()
    lines = SalesPlanLine.objects.filter(plan=grid.plan, series__in=series)
    values = [np.stack(line)[:, column] for line in lines.values_list("baseline", "events", "consensus")]
    baseline, events, consensus = np.sum(values, axis=0) if values else np.zeros(3)
    steps = [Step("base", "Baseline", baseline)]
    if events:
        steps.append(Step("evt", "Events", events))
    steps += _entries(grid, series, day)
    return Story(
        grid.title(key),
        months.short(day),
        consensus,
        steps,
        _recent(grid, series, day),
        lineage.sold(grid, row, months.add(day, -months.MONTHS_PER_YEAR)),
        lineage.earlier(grid, row, day),
    )


def _entries(grid: Grid, series: list[int], month: dt.date) -> list[Step]:
    """What was entered, by stream and for the consensus, as the sum over the series that have an entry."""
    entries = Input.objects.filter(plan=grid.plan, series__in=series, month=month)
    by_voice: dict[str, list[Input]] = {}
    for entry in entries.select_related("stream", "author", "assumption").order_by("updated_at"):
        by_voice.setdefault(entry.stream.code if entry.stream else "consensus", []).append(entry)
    names = {stream.code: stream.name for stream in grid.streams} | {"consensus": "Decided"}
    order = [*(stream.code for stream in grid.streams), "consensus"]
    return [_step(voice, names[voice], by_voice[voice]) for voice in order if voice in by_voice]


def _step(voice: str, name: str, entries: list[Input]) -> Step:
    last = entries[-1]
    many = f" for {len(entries)} series" if len(entries) > 1 else ""
    who = (last.author.display_name if last.author else "") + many
    total = sum(entry.quantity for entry in entries)
    return Step(MARKS.get(voice, voice), name, total, who, last.updated_at, last.reason, _how(last, entries))


def _how(last: Input, entries: list[Input]) -> str:
    """At which level it was entered, by which method, on which assumption, and whether it is locked."""
    locked = sum(entry.locked for entry in entries)
    words = [
        f"entered at {last.level.split('/')[0]}" if last.level else "",
        f"as {last.get_mode_display()}" if last.mode != Input.Mode.ABSOLUTE else "",
        f"cites {last.assumption.code} {last.assumption.name}" if last.assumption else "",
        "locked" if locked and locked == len(entries) else f"{locked} locked" if locked else "",
    ]
    return ", ".join(filter(None, words))


def _recent(grid: Grid, series: list[int], month: dt.date) -> list[Change]:
    """The latest edits of this plan that touched the cell."""
    wanted, code = set(series), months.code(month)
    log = Change.objects.filter(object=f"sales-plan:{grid.plan.pk}", kind__in=UNDOABLE)
    touching = (
        change
        for change in log.select_related("by").order_by("-id")[:200]
        if any(cell[0] in wanted and cell[1] == code for cell in change.data.get("cells", []))
    )
    return [change for change, _ in zip(touching, range(SHOWN_CHANGES), strict=False)]
