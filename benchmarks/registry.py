"""What is measured: a function that returns one figure, and the budget that figure has to keep."""

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


class NotAvailable(Exception):
    """What would be measured cannot run here; the message says why."""


@dataclass(frozen=True)
class Benchmark:
    name: str
    unit: str
    budget: float
    more_is_better: bool
    measure: Callable[[], float]
    database: bool = False

    def ratio(self, figure: float) -> float:
        """How many times better than the budget; below 1 the budget is missed."""
        return figure / self.budget if self.more_is_better else self.budget / figure


BENCHMARKS: list[Benchmark] = []


def benchmark(
    name: str, *, unit: str, at_most: float | None = None, at_least: float | None = None, database: bool = False
) -> Callable[[Callable[[], float]], Callable[[], float]]:
    """Register the decorated function: `@benchmark("Load a page", unit="ms", at_most=300)`.

    With `database=True` it is measured only where the command line says `--database`.
    """
    budget = at_most if at_most is not None else at_least
    if budget is None:
        raise ValueError(f"{name} needs a budget: at_most or at_least")

    def register(measure: Callable[[], float]) -> Callable[[], float]:
        BENCHMARKS.append(Benchmark(name, unit, budget, at_least is not None, measure, database))
        return measure

    return register


class Stopwatch:
    seconds = 0.0
    cpu_seconds = 0.0  # of this process, all its threads together


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    watch, start, cpu_start = Stopwatch(), time.perf_counter(), time.process_time()
    yield watch
    watch.seconds, watch.cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start


def peak_megabytes() -> float:
    """The largest resident memory of this process so far.

    Linux' own count: what getrusage tells of a new process starts with the memory of the one that started it.
    """
    status = Path("/proc/self/status")
    if status.exists():
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return float(fields["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
