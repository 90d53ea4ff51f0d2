"""One page for who decides: no number that was not before the reviews."""

from dataclasses import dataclass

from planning.queries.assumptions import Entry, Range
from planning.queries.load import MARKS, percent_and_band
from reviews.models import Approval, Decision, Stage
from reviews.queries import figures, outcomes
from reviews.queries.gates import Gate, gates
from reviews.queries.scorecard import Tile, scorecard
from reviews.queries.sight import Sight
from reviews.queries.stages import stages
from sop import months
from sop.models import Cycle, User
from sop.permissions import scope

BAR = 46
PEAKS_SHOWN = 6
RISKS_SHOWN = 8


@dataclass(frozen=True)
class Bar:
    """A gap and where its bar starts and how long it is, in a drawing `2 * BAR` wide."""

    gap: figures.Gap
    share: float
    left: float
    width: float


@dataclass(frozen=True)
class Load:
    """The worst month of a resource and its band in the heat map."""

    resource: str
    month: str
    percent: int | None
    mark: str
    over: float
    band: str


@dataclass(frozen=True)
class Executive:
    cycle: Cycle
    stage: Stage
    earlier: list[Stage]
    gates: list[Gate]
    tiles: list[Tile]
    bars: list[Bar]
    total: figures.Gap | None
    loads: list[Load]
    register: Range | None
    waiting: list[Decision]
    settled: list[Decision]
    approvals: list[Approval]

    @property
    def listed(self) -> list[Entry]:
        """The risks and opportunities that move most."""
        return self.register.entries[:RISKS_SHOWN] if self.register else []

    @property
    def signed(self) -> int:
        return sum(stage.state == Stage.State.SIGNED_OFF for stage in self.earlier)

    @property
    def approvable(self) -> bool:
        return self.cycle.editable and all(gate.ok for gate in self.gates if gate.required)

    @property
    def approval(self) -> Approval | None:
        return next((word for word in self.approvals if word.approved), None)


def executive(cycle: Cycle, user: User) -> Executive:
    """The executive page, read: at most 60 queries."""
    *earlier, stage = stages(cycle)
    decisions = list(outcomes.seen(user).filter(cycle=cycle).order_by("due", "id"))
    sight = Sight(cycle, scope(user))
    return Executive(
        cycle=cycle,
        stage=stage,
        earlier=earlier,
        gates=gates(stage) if cycle.editable else [],
        tiles=scorecard(sight),
        bars=_bars(sight),
        total=figures.total(sight.gaps),
        loads=_loads(sight),
        register=sight.register,
        waiting=[each for each in decisions if each.state != Decision.State.DECIDED],
        settled=[each for each in decisions if each.state == Decision.State.DECIDED],
        approvals=list(cycle.approvals.select_related("by", "snapshot").order_by("-id")),
    )


def _bars(sight: Sight) -> list[Bar]:
    shares = [gap.share if sight.scope.sees_money else gap.units_share for gap in sight.gaps]
    longest = max(map(abs, shares), default=0.0) or 1.0
    return [_bar(gap, share, BAR * abs(share) / longest) for gap, share in zip(sight.gaps, shares, strict=True)]


def _bar(gap: figures.Gap, share: float, width: float) -> Bar:
    return Bar(gap, share, BAR - width if share < 0 else float(BAR), max(width, 1.0))


def _loads(sight: Sight) -> list[Load]:
    plan = sight.production
    if plan is None:
        return []
    rows = []
    for peak in sight.peaks[:PEAKS_SHOWN]:
        percent, band = percent_and_band(peak.load, 1.0)
        month = months.short(months.add(plan.start, peak.month))
        rows.append(Load(peak.resource, month, percent, MARKS[band], peak.hours_over, f"b{band}"))
    return rows
