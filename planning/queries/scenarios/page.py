"""What the Scenarios page shows: the comparison, the changes of the scenario that was opened, and its path."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from planning.models import Resource, Scenario, ScenarioChange
from planning.queries import outlook, plans
from planning.queries.load import HeatCell, HeatRow, percent_and_band
from planning.queries.scenarios import compare, conflicts, table, visible, words
from sop import months
from sop.models import Change, Cycle, User
from sop.permissions import Verb, can, scope
from sop.queries.runs import failures

ICONS = {
    "created": "git-branch",
    "changed": "pencil",
    "renamed": "pencil",
    "shared": "users",
    "withdrawn": "arrow-back-up",
    "proposed": "send",
    "evaluated": "scale",
    "rejected": "ban",
    "adopted": "check",
}
STATE_ICONS = {"private": "lock", "shared": "users", "proposed": "send", "adopted": "circle-check", "rejected": "ban"}
STATE_TONES = {"proposed": "acc", "adopted": "good", "rejected": "bad"}
RISKS = {"low": ("good", "circle-check"), "medium": ("warn", "alert-triangle"), "not feasible": ("bad", "alert-circle")}
SENTENCES = 3


@dataclass(frozen=True)
class Asked:
    """What the address says."""

    cycle: Cycle | None
    selected: str
    compared: Sequence[str]
    year: str


@dataclass(frozen=True)
class Line:
    """A change as a line of the list."""

    change: ScenarioChange
    title: str
    group: str
    amount: str
    conflict: str


@dataclass(frozen=True)
class Head:
    """A column's heading."""

    name: str
    text: str
    state: str
    icon: str
    tone: str
    column: compare.Column
    risk: tuple[str, str, str] | None


def context(asked: Asked, by: User) -> dict[str, Any]:
    """Everything the template needs."""
    cycle = asked.cycle
    base, sales_plan = outlook.current(cycle), plans.working(cycle)
    every = list(visible.visible(by, cycle)) if cycle else []
    selected = next((each for each in every if str(each.pk) == asked.selected), every[0] if every else None)
    models = can(by, Verb.MODEL) and cycle is not None and cycle.editable
    shared = {"cycle": cycle, "base": base, "every": every, "selected": selected, "may_model": models}
    if base is None or sales_plan is None or cycle is None:
        return shared | _selected(selected, by)
    years = compare.years(base)
    year = asked.year if asked.year in years else _fullest(years, cycle)
    chosen = _chosen(every, selected, asked.compared)
    columns = compare.columns(base, sales_plan, chosen, year, scope(by))
    return shared | {
        "years": years,
        "year": year,
        "chosen": chosen,
        "heads": [_head(column, cycle, by) for column in columns],
        "rows": table.rows(columns),
        "failures": failures(cycle, "scenario"),
        "heat": _heat(cycle, next((each for each in columns if each.scenario and each.scenario == selected), None)),
        **_selected(selected, by),
    }


def _heat(cycle: Cycle, column: compare.Column | None) -> list[HeatRow]:
    """The load of the scenario that was opened. One query."""
    if column is None or not column.loads:
        return []
    named = Resource.objects.filter(pk__in=column.loads).order_by("code")
    return [HeatRow(each, _cells(cycle, column.loads[str(each.pk)])) for each in named]


def _cells(cycle: Cycle, hours: Sequence[Sequence[float]]) -> list[HeatCell]:
    pairs = zip(cycle.plan_months, hours, strict=False)
    return [HeatCell(months.code(month), months.short(month), *percent_and_band(*each)) for month, each in pairs]


def _chosen(every: Sequence[Scenario], selected: Scenario | None, compared: Sequence[str]) -> list[Scenario]:
    """The scenario that was opened with those ticked, else the newest; up to three, in the order they were made."""
    wanted = [each for each in every if str(each.pk) in compared] if compared else list(every)
    first = [selected] if selected else []
    picked = [*first, *(each for each in wanted if each != selected)][: compare.MOST]
    return sorted(picked, key=lambda each: each.pk)


def _fullest(years: Sequence[str], cycle: Cycle) -> str:
    """The year with most plan months."""
    counts = {year: sum(str(month.year) == year for month in cycle.plan_months) for year in years}
    return max(counts, key=lambda year: counts[year], default="all")


def _head(column: compare.Column, cycle: Cycle, by: User) -> Head:
    risk = column.figures.risk if column.figures else ""
    told = (risk, *RISKS[risk]) if risk else None
    scenario = column.scenario
    if scenario is None:
        return Head(f"{cycle}", "The plan as it is.", "base", "flag", "line", column, told)
    state = scenario.state
    text = scenario.description or _in_words(scenario, by)
    return Head(scenario.name, text, state, STATE_ICONS[state], STATE_TONES.get(state, ""), column, told)


def _in_words(scenario: Scenario, by: User) -> str:
    """What a scenario changes, as its author did not say."""
    changes, hidden = visible.changes_of(scenario, by)
    told = [words.sentence(each, sees_money=scope(by).sees_money) for each in changes[:SENTENCES]]
    more = len(changes) + hidden - len(told)
    if more:
        told.append(f"{more} more")
    return f"{'; '.join(told)}." if told else "No changes yet: the plan as it is."


def _selected(scenario: Scenario | None, by: User) -> dict[str, Any]:
    if scenario is None:
        return {}
    changes, hidden = visible.changes_of(scenario, by)
    plan = plans.working(scenario.cycle)
    clashes = conflicts.found(scenario, plan, changes) if plan else {}
    money, open_ = scope(by).sees_money, scenario.cycle.editable
    states = Scenario.State
    writes = visible.writes(by, scenario) and open_
    decides = can(by, Verb.DECIDE) and open_
    return {
        "lines": [
            Line(
                each,
                words.title(each),
                words.group(each),
                words.amount(each, sees_money=money),
                clashes.get(each.pk, ""),
            )
            for each in changes
        ],
        "hidden": hidden,
        "path": _path(scenario),
        "writes": writes and scenario.state in (states.PRIVATE, states.SHARED),
        "moves": _moves(scenario) if writes else [],
        "may_reject": decides and scenario.state == states.PROPOSED,
        "may_adopt": decides and scenario.state in (states.PROPOSED, states.ADOPTED),
        "may_evaluate": can(by, Verb.MODEL) and open_ and scenario.state not in compare.DECIDED,
        "run": next(
            (run for run in compare.active(scenario.cycle_id) if run.parameters["scenario"] == scenario.pk), None
        ),
        "left": [each.pk for each in changes if each.adopted_at is None],
    }


def _line(change: ScenarioChange, conflict: str, *, sees_money: bool) -> Line:
    return Line(change, words.title(change), words.group(change), words.amount(change, sees_money=sees_money), conflict)


def _moves(scenario: Scenario) -> list[tuple[str, str, str]]:
    """Verb, words and icon of the steps that its author may take it."""
    states = Scenario.State
    return {
        states.PRIVATE: [("share", "Share", "users")],
        states.SHARED: [("withdraw", "Make private", "lock"), ("propose", "Propose", "send")],
        states.PROPOSED: [("withdraw", "Take back", "arrow-back-up")],
    }.get(states(scenario.state), [])


def _path(scenario: Scenario) -> list[dict[str, Any]]:
    """Who did what when; changes in a row by the same person on a day are one line. One query."""
    log = Change.objects.filter(object=f"scenario:{scenario.pk}").select_related("by").order_by("pk")
    lines: list[dict[str, Any]] = []
    for each in log:
        verb = each.kind.partition(".")[2]
        who = each.by.display_name if each.by else "The system"
        line = {"verb": verb, "who": who, "at": each.at, "reason": each.reason, "icon": ICONS.get(verb, "pencil")}
        if lines and verb in ("changed", "evaluated") and all(lines[-1][key] == line[key] for key in ("verb", "who")):
            lines[-1] = line
        else:
            lines.append(line)
    return lines
