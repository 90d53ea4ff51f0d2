"""Where departments disagree: rows ranked by what lies between the highest and the lowest of them (docs/consensus.md).

A row is a product, or one of its series when only that one is disputed. The baseline with its events is a voice too,
but takes no part in the blend. A cell (series and month) is decided once somebody entered the consensus there.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from planning.engine.blend import among, blend
from planning.models import Input, Method, SalesPlan, SalesPlanLine, Stream
from planning.queries import reasons, records, rows, voices
from planning.queries.reasons import Why
from planning.queries.records import Figures, Standing
from planning.queries.rows import FEW, Filters
from planning.queries.voices import Voices
from sop import bulk, months
from sop.models import Market, Product
from sop.queries import series as series_queries
from sop.vectors import Vector
from sop.words import counted, hundredths, percent

# Less than this, in units of a series and month, is no disagreement.
TOLERANCE = 0.05
ROWS_SHOWN = 100


@dataclass(frozen=True)
class Question:
    """What the page asks for."""

    at_least: float = 0.0
    show: str = "open"


@dataclass(frozen=True, eq=False)
class Disputed:
    """The products that departments disagree on: keys, `apart` and whether all of it is decided, largest first.

    `voices` holds their series, `group` the row of each series, `disputed` the cells `[series, months]`.
    """

    voices: Voices
    group: NDArray[np.intp]
    products: NDArray[np.int64]
    families: NDArray[np.int64]
    disputed: NDArray[np.bool_]
    decided: NDArray[np.bool_]
    apart: Vector

    def part(self, chosen: NDArray[np.intp]) -> "Disputed":
        """Some of the products, in this order."""
        place = np.full(len(self.products), -1)
        place[chosen] = np.arange(len(chosen))
        rows = place[self.group] >= 0
        return Disputed(
            self.voices.take(rows),
            place[self.group[rows]].astype(np.intp),
            self.products[chosen],
            self.families[chosen],
            self.disputed[rows],
            self.decided[chosen],
            self.apart[chosen],
        )


@dataclass(frozen=True)
class Spoken:
    """One voice on a row: its units over the row's months (None when silent), its record, its place on the spread."""

    key: str
    name: str
    units: float | None
    record: Figures
    best: bool = False
    at: float = 0.0
    share: float | None = None
    money: float | None = None
    why: Why | None = None

    @property
    def off(self) -> float | None:
        """The units by which the record says it will be wrong."""
        return None if self.units is None or self.record.error is None else self.units * self.record.error

    @property
    def mark(self) -> str:
        """The class of its mark, as in the grid."""
        return {"baseline": "base", "marketing": "mkt", "finance": "fin"}.get(self.key, self.key)


@dataclass(frozen=True)
class Row:
    """A disputed row as the page shows it; `apart` is money, or units where no money is seen."""

    key: str
    name: str
    places: str
    first: dt.date
    last: dt.date
    apart: float
    voices: list[Spoken]
    blend: float
    plan: float
    plan_at: float
    decided: bool
    months: list[tuple[str, str, float]]
    blend_money: float | None = None
    plan_money: float | None = None
    rates: list[float] = field(default_factory=list)

    @property
    def fields(self) -> list[tuple[str, str, float, float]]:
        """The months to enter a number for, and what a unit of each is worth at plan price."""
        return [(*month, rate) for month, rate in zip(self.months, self.rates, strict=True)]

    @property
    def why(self) -> Spoken | None:
        """The voice with a reason that lies farthest from the baseline."""
        base = self.voices[0].units or 0.0
        told = [voice for voice in self.voices if voice.why and voice.units is not None]
        return max(told, key=lambda voice: abs((voice.units or 0.0) - base), default=None)

    @property
    def blend_error(self) -> float | None:
        """No mixture of voices errs more than they do on average; None while one has no record."""
        parts = [(voice.share, voice.record.error) for voice in self.voices if voice.share]
        known = [share * error for share, error in parts if error is not None]
        return sum(known) if known and len(known) == len(parts) else None

    @property
    def period(self) -> str:
        return months.short(self.first) if self.first == self.last else period(self.first, self.last)

    @property
    def mix(self) -> str:
        """Sales 46 % · Finance 54 %"""
        told = [(voice.name, voice.share) for voice in self.voices if voice.share]
        parts = zip(told, hundredths([share for _, share in told]), strict=True)
        return " · ".join(f"{name} {percent(part / 100, 0)}" for (name, _), part in parts)

    @property
    def blend_off_baseline(self) -> float:
        return (self.blend_money or 0) - (self.voices[0].money or 0)

    @property
    def blend_off_plan(self) -> float:
        return (self.blend_money or 0) - (self.plan_money or 0)

    @property
    def off_baseline(self) -> float | None:
        """The blend against the baseline, as a fraction."""
        base = self.voices[0].units
        return self.blend / base - 1 if base else None


@dataclass(frozen=True)
class Compared:
    """The page: rows shown, how many there are, and what lies between highest and lowest in all of them."""

    rows: list[Row]
    found: int
    decided: int
    apart: float
    standing: Standing
    in_money: bool
    streams: list[Stream] = field(default_factory=list)

    @property
    def open(self) -> int:
        return self.found - self.decided


def compared(plan: SalesPlan, filters: Filters, question: Question) -> Compared:
    """The rows that departments disagree on, the most first. At most thirty queries, whatever the number."""
    whole = disputed(plan, filters)
    standing = records.standing(filters.scope)
    wanted = whole.apart >= question.at_least
    found, decided, apart = int(wanted.sum()), int((wanted & whole.decided).sum()), float(whole.apart[wanted].sum())
    if question.show != "all":
        wanted &= whole.decided == (question.show == "decided")
    shown = whole.part(np.flatnonzero(wanted)[:ROWS_SHOWN])
    streams = list(Stream.objects.select_related("department"))
    built = _rows(plan, shown, standing, streams, filters)
    return Compared(built, found, decided, apart, standing, filters.scope.sees_money, streams)


def row_of(plan: SalesPlan, filters: Filters, key: str) -> tuple[Row | None, Standing]:
    """One row of the grid with all its voices, whether or not they disagree; None where nobody spoke."""
    kind = rows.parse(key).kind
    standing = records.standing(filters.scope)
    if kind not in ("product", "series"):
        return None, standing
    where = rows.below(rows.parse(key))
    whole = disputed(plan, filters, voices.voices(plan, filters, where))
    if not len(whole.products):
        return None, standing
    streams = list(Stream.objects.select_related("department"))
    [row] = _rows(plan, whole, standing, streams, filters, key)
    return row, standing


def why(row: Row, standing: Standing) -> list[str]:
    """The weights in words, a line for each department that spoke and one for how far they are trusted."""
    told = [_told(voice) for voice in row.voices if voice.share is not None]
    if not told:
        return []
    if not standing.lag:
        return [*told, "There is no month to judge yet, so all weigh the same."]
    drawn = 1 - standing.certainty
    count = counted(len(standing.months), "month")
    how = "half-way" if abs(drawn - 0.5) < 0.01 else f"{percent(drawn, 0)} of the way"
    return [*told, f"The company’s record is {count} long, so weights are drawn {how} to equal."]


def _told(voice: Spoken) -> str:
    record, name = voice.record, f"{voice.name} {percent(voice.share, 0)}"
    if record.error is None:
        return f"{name}: no record yet, counted as good as the baseline."
    whose = {"family": " (the family’s record)", "company": " (the company’s record)"}.get(record.whose, "")
    bias = f", {percent(abs(record.bias or 0), 0)} {record.side}" if record.bias else ""
    return f"{name}: error {percent(record.error, 0)} over {counted(record.months, 'month')}{whose}{bias}."


def disputed(plan: SalesPlan, filters: Filters, spoken: Voices | None = None) -> Disputed:
    """All products that somebody disagrees on, the most apart first."""
    found = voices.voices(plan, filters) if spoken is None else spoken
    differs = np.zeros(found.usual.shape, dtype=bool)
    products, first, group = np.unique(found.frame["product"], return_index=True, return_inverse=True)
    over = np.zeros((len(products), len(found.streams)))
    for at in range(len(found.streams)):
        off = np.nan_to_num(found.said[:, at] - found.usual)
        differs |= np.abs(off) > TOLERANCE
        worth = off * found.price if filters.scope.sees_money else off
        over[:, at] = np.bincount(group, worth.sum(axis=1), len(products))
    apart = np.maximum(over.max(axis=1, initial=0), 0) - np.minimum(over.min(axis=1, initial=0), 0)
    open_cells = np.bincount(group, (differs & ~_decided(plan, found)).sum(axis=1), len(products))
    cells = np.bincount(group, differs.sum(axis=1), len(products))
    families = found.frame["family"].to_numpy()[first]
    whole = Disputed(found, group.astype(np.intp), products, families, differs, open_cells == 0, apart)
    order = np.lexsort((products, -apart))
    return whole.part(order[cells[order] > 0].astype(np.intp))


def _decided(plan: SalesPlan, found: Voices) -> NDArray[np.bool_]:
    """The cells in which the consensus was entered."""
    result = np.zeros(found.usual.shape, dtype=bool)
    keys = found.frame["series"].to_numpy()
    entries = Input.objects.filter(plan=plan, stream=None)
    if len(keys) <= FEW:
        entries = entries.filter(series__in=keys.tolist())
    series, days = bulk.columns(entries, "series_id", "month")
    if not len(keys):
        return result
    row = np.minimum(np.searchsorted(keys, series), len(keys) - 1)
    column = months.numbers(days) - months.number(plan.start)
    known = (keys[row] == series) & (column >= 0) & (column < plan.horizon)
    result[row[known], column[known]] = True
    return result


def shares(found: Disputed, standing: Standing) -> Vector:
    """`[series, streams]`: what each stream weighs."""
    if not len(found.products):
        return np.empty((0, len(standing.streams)))
    of_product = standing.shares(found.products.tolist(), found.families.tolist())
    return of_product[found.group]


def proposed(found: Voices, method: str, stream: str, weights: Vector) -> Vector:
    """`[series, months]` by a method: NaN where no department spoke, so where there is nothing to decide."""
    spoke = np.isfinite(found.said).any(axis=1)
    if method == Method.BLEND:
        return blend(found.said, weights)
    own = found.said[:, found.streams.index(stream)] if method == Method.STREAM else np.full(spoke.shape, np.nan)
    return np.where(spoke, np.where(np.isfinite(own), own, found.usual), np.nan)


def keys(found: Disputed, parts: Sequence[NDArray[np.intp]]) -> list[str]:
    """How the grid calls each product: by its one series when only that is disputed. One query."""
    codes = {pk: code for pk, code, _ in _named(found.products.tolist())}
    series = found.voices.frame["series"].to_numpy()
    return [
        f"series:{series[own[0]]}" if len(own) == 1 else f"product:{codes[product]}"
        for product, own in zip(found.products.tolist(), parts, strict=True)
    ]


# --- The rows of the page --------------------


def _rows(
    plan: SalesPlan, found: Disputed, standing: Standing, streams: list[Stream], filters: Filters, key: str = ""
) -> list[Row]:
    products = {pk: (code, name) for pk, code, name in _named(found.products.tolist())}
    markets = dict(Market.objects.values_list("pk", "name"))
    listed = _listed(found.products.tolist(), filters)
    planned = _planned(plan, found.voices)
    told = reasons.reasons(plan, found.voices.frame["series"].tolist())
    weights = shares(found, standing)
    mixed = proposed(found.voices, Method.BLEND, "", weights)
    names = {stream.code: stream.name for stream in streams}
    result = []
    for number, product in enumerate(found.products.tolist()):
        own = np.flatnonzero(found.group == number)
        frame = found.voices.frame.iloc[own]
        code, name = products[product]
        columns = np.flatnonzero(found.disputed[own].any(axis=0))
        span = slice(columns[0], columns[-1] + 1) if columns.size else slice(0, plan.horizon)
        usual = found.voices.usual[own, span]
        spoken = {"baseline": float(usual.sum())} | {
            voice: _units(found.voices.said[own, at, span], usual) for at, voice in enumerate(found.voices.streams)
        }
        price = found.voices.price[own, span] if filters.scope.sees_money else None
        money = {"baseline": _money(usual, usual, price)} | {
            voice: _money(found.voices.said[own, at, span], usual, price)
            for at, voice in enumerate(found.voices.streams)
        }
        record = standing.figures(product, int(found.families[number]))
        weight = row_shares(found.voices, weights, own)
        in_plan = float(planned[own, span].sum())
        single = len(own) == 1
        result.append(
            Row(
                key or (f"series:{frame['series'].iloc[0]}" if single else f"product:{code}"),
                name,
                _places([markets[pk] for pk in frame["market"]], listed.get(product, 0)),
                months.add(plan.start, span.start),
                months.add(plan.start, span.stop - 1),
                float(found.apart[number]),
                [
                    replace(voice, why=told.get((product, voice.key)))
                    for voice in _voices(spoken, {"baseline": "Baseline"} | names, record, weight, in_plan, money)
                ],
                _units(mixed[own, span], usual) or 0.0,
                in_plan,
                _at(in_plan, [in_plan, *(value for value in spoken.values() if value is not None)]),
                bool(found.decided[number]),
                _by_month(plan, np.where(np.isfinite(mixed[own]), mixed[own], planned[own]), span),
                _money(mixed[own, span], usual, price),
                _money(planned[own, span], usual, price),
                _rates(planned[own, span], price),
            )
        )
    return result


def _voices(
    spoken: dict[str, float | None],
    names: dict[str, str],
    record: dict[str, Figures],
    weight: dict[str, float],
    plan: float,
    money: dict[str, float | None],
) -> list[Spoken]:
    known = {key: figures.error for key, figures in record.items() if figures.error is not None and key in spoken}
    judged = [key for key in known if spoken[key] is not None]
    best = min(judged, key=lambda key: known[key]) if len(judged) > 1 else ""
    ends = [plan, *(value for value in spoken.values() if value is not None)]
    return [
        Spoken(key, names[key], units, record[key], key == best, _at(units, ends), weight.get(key), money[key])
        for key, units in spoken.items()
    ]


def row_shares(found: Voices, weights: Vector, own: NDArray[np.intp]) -> dict[str, float]:
    """What each department that spoke on the row weighs, in the months in which all of them did."""
    spoke = np.asarray(np.isfinite(found.said[own]).any(axis=(0, 2)))
    part = among(weights[own[0]], spoke)
    return {code: float(share) for code, share, said in zip(found.streams, part, spoke, strict=True) if said}


def _units(values: Vector, usual: Vector) -> float | None:
    """The sum over the row; where silent the baseline with its events; None when silent throughout."""
    spoke = np.isfinite(values)
    return float(np.where(spoke, values, usual).sum()) if spoke.any() else None


def _money(values: Vector, usual: Vector, price: Vector | None) -> float | None:
    """As `_units`, at plan price; None where no money is seen."""
    return None if price is None else _units(np.where(np.isfinite(values), values, usual) * price, usual)


def _rates(planned: Vector, price: Vector | None) -> list[float]:
    """What a unit of the row is worth in each month at the plan's mix; zeros where no money is seen."""
    if price is None:
        return [0.0] * planned.shape[1]
    units = planned.sum(axis=0)
    plain = price.mean(axis=0)
    worth: Vector = np.where(units > 0, (planned * price).sum(axis=0) / np.where(units > 0, units, 1), plain)
    return [float(rate) for rate in worth]


def _by_month(plan: SalesPlan, values: Vector, span: slice) -> list[tuple[str, str, float]]:
    """Code, name and total of the row's months."""
    found = plan.months[span]
    sums = values[:, span].sum(axis=0)
    return [(months.code(month), months.short(month), float(total)) for month, total in zip(found, sums, strict=True)]


def _at(value: float | None, ends: list[float]) -> float:
    """Where a number lies between the lowest and the highest, 0 to 100."""
    low, high = min(ends), max(ends)
    return 50.0 if value is None or high == low else 100 * (value - low) / (high - low)


def _planned(plan: SalesPlan, found: Voices) -> Vector:
    """The consensus as it stands."""
    keys = found.frame["series"].tolist()
    lines = dict(bulk.read(SalesPlanLine.objects.filter(plan=plan, series__in=keys), "series_id", "consensus"))
    return np.array([lines[key] for key in keys]).reshape(len(keys), plan.horizon)


def _named(products: list[int]) -> list[tuple[int, str, str]]:
    return list(Product.objects.filter(pk__in=products).values_list("pk", "code", "name"))


def _listed(products: list[int], filters: Filters) -> dict[int, int]:
    """In how many markets each product is sold, of those in sight."""
    frame = series_queries.frame(where=filters.series() & _of(products))
    return dict(frame["product"].value_counts())


def _of(products: list[int]) -> Q:
    return Q(product__in=products)


def _places(names: list[str], listed: int) -> str:
    if len(names) >= listed > 1:
        return "all markets"
    return ", ".join(sorted(names)[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def period(first: dt.date, last: dt.date) -> str:
    """Apr – Jun 27, or Nov 26 – Jan 27."""
    start = months.name(first) if first.year == last.year else months.short(first)
    return f"{start} – {months.short(last)}"
