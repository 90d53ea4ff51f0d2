"""Twelve replayed cycles of a bicycle maker: does a blend weighted by record beat the plain mean of the departments?

Sales and their months are real (the AdventureWorks tables), the baseline is our engine's, made two months ahead on what
was known then; the departments are made up, see `voices`. Weights of a cycle come from months that were sold before its
plan was made. `python -m benchmarks.consensus` prints the tables of docs/consensus.md.
"""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.registry import NotAvailable, benchmark
from forecasting.engine import forecast
from planning.engine.blend import HALF, Tally, blend, certainty, tally, weights

FOLDER = Path(os.environ.get("EVENKEEL_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
LAG, CYCLES, WARM_UP = 2, 12, 6
SEEDS = range(100, 110)
NAMES = ("Sales", "Marketing", "Finance")
COLUMNS = ("Baseline", *NAMES, "Plain mean", "Blend", "Blend, bias removed")
Numbers = Any


@dataclass(frozen=True, eq=False)
class Company:
    """Series × months judged: what was sold, and the baseline of two months before; NaN before a series is known."""

    months: list[str]
    sold: Numbers
    baseline: Numbers
    product: Numbers
    family: Numbers


@dataclass(frozen=True, eq=False)
class Replay:
    """Errors (WAPE) by month and column, and what was sold in the month."""

    months: list[str]
    errors: Numbers
    sold: Numbers

    @property
    def overall(self) -> Numbers:
        return (self.errors * self.sold[:, None]).sum(axis=0) / self.sold.sum()

    def worse_than_mean(self, column: str = "Blend") -> int:
        """In how many months."""
        mean, other = (self.errors[:, COLUMNS.index(name)] for name in ("Plain mean", column))
        return int((other > mean + 1e-12).sum())


@cache
def company() -> Company:
    """The tables as read by month, and a forecast for each month judged."""
    import pandas as pd

    folder = FOLDER / "adventureworks"
    if not folder.is_dir():
        raise NotAvailable("the AdventureWorks tables are not there; EVENKEEL_DATA names the folder that has them")
    table = pd.read_csv(folder / "actuals.csv.gz").query("kind == 'ordered'")
    table["month"] = table["date"].str[:7]
    wide = table.pivot_table(index=["product", "market"], columns="month", values="quantity", aggfunc="sum")
    ordered = wide.fillna(0.0).to_numpy()
    products = pd.read_csv(folder / "products.csv").set_index("code").loc[wide.index.get_level_values("product")]
    months = list(wide.columns)
    last = products["last_month"].fillna("9999").str[:7].to_numpy()
    _, family = np.unique(products["family"], return_inverse=True)
    _, product = np.unique(products.index, return_inverse=True)
    judged = range(len(months) - CYCLES - WARM_UP, len(months))
    baseline = np.column_stack([_ahead(ordered, month, family, last < months[month]) for month in judged])
    sold = np.where(np.isfinite(baseline), ordered[:, judged.start :], np.nan)
    return Company([months[month] for month in judged], sold, baseline, product, family)


def _ahead(ordered: Numbers, month: int, family: Numbers, withdrawn: Numbers) -> Numbers:
    """What our engine says for a month, two months before its end: from the months before the plan was made."""
    known = ordered[:, : month - LAG + 1]
    begun = (known > 0).cumsum(axis=1) > 0
    seen = begun[:, -1]
    result = np.full(len(ordered), np.nan)
    history = np.where(begun, known, np.nan)[seen]
    result[seen] = np.maximum(forecast(history, LAG, first_month=1, groups=family[seen]).mean[:, LAG - 1], 0)
    return np.where(seen & withdrawn, 0.0, result)


def voices(data: Company, seed: int) -> Numbers:
    """`[series, voice, month]`, NaN where silent.

    Sales is 12 % over with 10 % of noise, and knows half of what the baseline misses for three series in ten (the same
    ones all the time). Marketing speaks of a family in one month out of four, in one out of two when the family then
    sells 10 % more than the baseline, and says 25 % more. Finance is 6 % under everywhere.
    """
    chance = np.random.default_rng(seed)
    base, sold = np.nan_to_num(data.baseline), np.nan_to_num(data.sold)
    families = data.family.max() + 1
    informed = chance.random(len(base)) < 0.3
    sales = 1.12 * np.where(informed[:, None], base + 0.5 * (sold - base), base) * chance.lognormal(0, 0.1, base.shape)
    expected, happened = np.zeros((2, families, base.shape[1]))
    np.add.at(expected, data.family, base)
    np.add.at(happened, data.family, sold)
    speaks = chance.random(expected.shape) < np.where(happened > 1.1 * expected, 0.5, 0.25)
    hopes = 1.25 * chance.lognormal(0, 0.05, expected.shape)
    marketing = np.where(speaks[data.family], base * hopes[data.family], np.nan)
    finance = base * 0.94 * chance.lognormal(0, 0.03, expected.shape)[data.family]
    said = np.stack([sales, marketing, finance], axis=1)
    return np.where(np.isfinite(data.baseline)[:, None, :], said, np.nan)


def replay(data: Company, seed: int) -> Replay:
    """Each month by all columns; a department that is silent leaves the baseline as it is."""
    said = voices(data, seed)
    found = [_month(data, said, month) for month in range(WARM_UP, WARM_UP + CYCLES)]
    sold = np.nansum(data.sold, axis=0)[WARM_UP:]
    return Replay(data.months[WARM_UP:], np.array(found), sold)


def _month(data: Company, said: Numbers, month: int) -> list[float]:
    known = slice(0, month - LAG + 1)
    leaf = tally(
        said[:, :, known] - data.sold[:, None, known],
        (data.baseline - data.sold)[:, None, known],
        data.sold[:, known],
    )
    levels, parents = hierarchy(leaf, data)
    shares = weights(levels, parents)[data.product]
    now, base = said[:, :, [month]], data.baseline[:, month]
    equal = np.full_like(shares, 1 / len(NAMES))
    over = _steady_bias(levels, parents)[data.product][:, :, None]
    columns = [base, *np.where(np.isfinite(now[:, :, 0]), now[:, :, 0], base[:, None]).T]
    columns += [_or_baseline(blend(values, part), base) for values, part in ((now, equal), (now, shares))]
    columns.append(_or_baseline(blend(now / (1 + over), shares), base))
    sold = data.sold[:, month]
    return [float(np.nansum(np.abs(column - sold)) / np.nansum(sold)) for column in columns]


def hierarchy(leaf: Tally, data: Company) -> tuple[list[Tally], list[Numbers]]:
    """The company, its families, its products."""
    one = np.zeros(len(data.family), dtype=np.intp)
    of_product = np.zeros(data.product.max() + 1, dtype=np.intp)
    of_product[data.product] = data.family
    sizes = (1, data.family.max() + 1, data.product.max() + 1)
    levels = [leaf.summed(group, size) for group, size in zip((one, data.family, data.product), sizes, strict=True)]
    return levels, [np.zeros(sizes[1], dtype=np.intp), of_product]


def _steady_bias(levels: list[Tally], parents: list[Numbers]) -> Numbers:
    """Each voice's bias, drawn to the level above as its record is short: what could be taken off it."""
    drawn = certainty(levels[0]) * np.nan_to_num(levels[0].bias)
    for level, parent in zip(levels[1:], parents, strict=True):
        bias = np.clip(np.nan_to_num(level.bias), -0.5, 1)
        drawn = (level.months * bias + HALF * drawn[parent]) / (level.months + HALF)
    return drawn


def _or_baseline(mixed: Numbers, base: Numbers) -> Numbers:
    return np.where(np.isfinite(mixed[:, 0]), mixed[:, 0], base)


@benchmark("Blend by record, error against the plain mean, twelve replayed cycles", unit="×", at_most=1.0)
def blend_against_mean() -> float:
    found = replay(company(), SEEDS[0]).overall
    return float(found[COLUMNS.index("Blend")] / found[COLUMNS.index("Plain mean")])


def main() -> None:
    data = company()
    first = replay(data, SEEDS[0])
    head("Month", *COLUMNS)
    for month, errors in zip(first.months, first.errors, strict=True):
        row(month, *errors)
    row("All", *first.overall)
    print()
    head("Seed", *COLUMNS, "Months worse than the mean", "with bias removed")
    for seed in SEEDS:
        found = replay(data, seed)
        row(str(seed), *found.overall, found.worse_than_mean(), found.worse_than_mean("Blend, bias removed"))


def head(*columns: str) -> None:
    print("| " + " | ".join(columns) + " |\n|---" + "|---:" * (len(columns) - 1) + "|")


def row(name: str, *figures: float) -> None:
    print(
        "| "
        + " | ".join([name, *(f"{100 * each:.1f}" if isinstance(each, float) else str(each) for each in figures)])
        + " |"
    )


if __name__ == "__main__":
    main()
