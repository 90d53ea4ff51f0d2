"""Public data sets, where they are at hand: in the folder that EVENKEEL_DATA names, or beside this one."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.registry import NotAvailable

FOLDER = Path(os.environ.get("EVENKEEL_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")) / "forecast"
Numbers = Any


@dataclass(frozen=True, eq=False)
class DataSet:
    """Series with the months that a method may see and those that it shall forecast."""

    history: Numbers  # [series, months], all ending in the last column, NaN before they begin
    actual: Numbers  # [series, horizon]

    @property
    def horizon(self) -> int:
        return int(self.actual.shape[1])

    def every(self, step: int) -> "DataSet":
        return DataSet(self.history[::step], self.actual[::step])

    def __len__(self) -> int:
        return len(self.history)


@cache
def m3() -> DataSet:
    """The 1,428 monthly series of the M3 competition (Makridakis and Hibon, 2000); 18 months to forecast."""
    return read("m3_monthly.csv.gz")


@cache
def spare_parts() -> DataSet:
    """3,000 spare parts of cars, 18 months and six to forecast; most months are zero."""
    return read("auto_parts.csv.gz")


def read(name: str) -> DataSet:
    """A file with the columns series, t, part (train or test) and value, ordered by t."""
    file = FOLDER / name
    if not file.exists():
        raise NotAvailable(f"{name} is not there; EVENKEEL_DATA names the folder whose folder “forecast” has it")
    import pandas as pd

    table = pd.read_csv(file)
    parts = dict(list(table.groupby(["series", "part"], sort=False)["value"]))
    names = table["series"].unique()
    longest = max(len(parts[one, "train"]) for one in names)
    history = np.full((len(names), longest), np.nan)
    for row, one in zip(history, names, strict=True):
        known = parts[one, "train"].to_numpy()
        row[longest - len(known) :] = known
    return DataSet(history, np.stack([parts[one, "test"].to_numpy(dtype=float) for one in names]))
