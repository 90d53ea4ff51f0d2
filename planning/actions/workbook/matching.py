"""Which series and measure the labels of a file's row mean."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from planning.actions.workbook.reading import Found
from planning.queries.grid import Grid
from planning.queries.rows import CONSENSUS
from planning.queries.workbook import content
from sop.models import Series


@dataclass(frozen=True)
class Match:
    """A series and measure, or what is wrong with the row."""

    series: int = 0
    measure: str = ""
    wrong: str = ""


class Matcher:
    """Finds series by codes, or by names that only one product or market has. Knows only what its user may see."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid

    def match(self, cell: Found) -> Match:
        """What this cell's row means; a series outside the user's scope is as unknown as one that does not exist."""
        product, market, measure = cell.key
        code = self._measure(measure, coded=cell.coded)
        if not code:
            return Match(wrong=f"“{measure}” is no measure of the plan. Write one of: {', '.join(self._names())}.")
        if cell.coded:
            series = self._by_code.get((product, market))
        else:
            series = self._series.get((self._products.get(_fold(product), ""), self._markets.get(_fold(market), "")))
        if series is None:
            return Match(wrong=f"{product or 'No product'} in {market or 'no market'} is not in your part of the plan.")
        return Match(series, code)

    def _measure(self, told: str, *, coded: bool) -> str:
        if coded or not told:
            return told or self._default
        return self._measures.get(_fold(told), "")

    @cached_property
    def _default(self) -> str:
        """What a file without a measure column is about: what this user enters, the consensus first."""
        own = [stream.code for stream in self.grid.streams if self.grid.editable(stream.code)]
        return CONSENSUS if self.grid.editable(CONSENSUS) or not own else own[0]

    @cached_property
    def _measures(self) -> dict[str, str]:
        codes = content.measures(self.grid)
        return {_fold(self.grid.name(code)): code for code in codes} | {_fold(code): code for code in codes}

    def _names(self) -> list[str]:
        codes = [CONSENSUS, *(stream.code for stream in self.grid.streams)]
        return [self.grid.name(code) for code in codes if self.grid.editable(code)]

    @cached_property
    def _rows(self) -> list[tuple[int, str, str, str, str]]:
        planned = self.grid.plan.lines.filter(series__isnull=False).values("series_id")
        found = Series.objects.filter(self.grid.filters.series(), pk__in=planned)
        return list(
            found.values_list("pk", "product__code", "product__name", "market__code", "market__name").order_by()
        )

    @cached_property
    def _by_code(self) -> dict[tuple[str, str], int]:
        return {(product, market): pk for pk, product, _, market, _ in self._rows}

    @property
    def _series(self) -> dict[tuple[str, str], int]:
        return self._by_code

    @cached_property
    def _products(self) -> dict[str, str]:
        return _unique({(row[1], row[2]) for row in self._rows})

    @cached_property
    def _markets(self) -> dict[str, str]:
        return _unique({(row[3], row[4]) for row in self._rows})


def _unique(named: set[tuple[str, str]]) -> dict[str, str]:
    """Codes by code and by name; a name that two have means neither."""
    often = Counter(_fold(name) for _, name in named)
    names = {_fold(name): code for code, name in named if often[_fold(name)] == 1}
    return names | {_fold(code): code for code, _ in named}


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()
