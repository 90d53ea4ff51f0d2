"""`make bench`: measure everything, or what the given words name, and print each figure beside its budget.

What needs a database is measured with `--database` only: `python -m benchmarks --database "forecast job"`.
"""

import argparse
import importlib
import pkgutil

import benchmarks
from benchmarks.registry import BENCHMARKS, Benchmark, NotAvailable

ROW = "{:<62}{:>12} {:<10}{:>10}{:>9}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure and compare with the budgets.")
    parser.add_argument("words", nargs="*", help="measure only what has all these words in its name")
    parser.add_argument("--database", action="store_true", help="measure what needs PostgreSQL as well")
    chosen = parser.parse_args()
    for module in pkgutil.walk_packages(benchmarks.__path__, "benchmarks."):
        if module.name.endswith("__main__"):
            continue
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as missing:
            print(f"{module.name}: not measured, {missing}")
    print(ROW.format("What", "Figure", "Unit", "Budget", "Ratio"))
    for one in BENCHMARKS:
        if all(word.lower() in one.name.lower() for word in chosen.words):
            print(line(one, database=chosen.database), flush=True)
    print("Ratio: how many times better than the budget; below 1 it is missed.")


def line(one: Benchmark, *, database: bool) -> str:
    if one.database and not database:
        return f"{one.name}: not measured without --database"
    try:
        figure = one.measure()
    except NotAvailable as reason:
        return f"{one.name}: not measured, {reason}"
    return ROW.format(one.name, f"{figure:,.4g}", one.unit, f"{one.budget:,.4g}", f"{one.ratio(figure):.2f}")


if __name__ == "__main__":
    main()
