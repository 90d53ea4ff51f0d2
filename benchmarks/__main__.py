"""`make bench`: measure everything, or what the given words name, and print each figure beside its budget."""

import importlib
import pkgutil
import sys

import benchmarks
from benchmarks.registry import BENCHMARKS, Benchmark, NotAvailable

ROW = "{:<62}{:>12} {:<10}{:>10}{:>9}"


def main(words: list[str]) -> None:
    for module in pkgutil.iter_modules(benchmarks.__path__):
        if module.name != "__main__":
            importlib.import_module(f"benchmarks.{module.name}")
    print(ROW.format("What", "Figure", "Unit", "Budget", "Ratio"))
    for one in BENCHMARKS:
        if all(word.lower() in one.name.lower() for word in words):
            print(line(one), flush=True)
    print("Ratio: how many times better than the budget; below 1 it is missed.")


def line(one: Benchmark) -> str:
    try:
        figure = one.measure()
    except NotAvailable as reason:
        return f"{one.name}: not measured, {reason}"
    return ROW.format(one.name, f"{figure:,.4g}", one.unit, f"{one.budget:,.4g}", f"{one.ratio(figure):.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
