"""A company whose plan goes out as a workbook and comes back, and what spreadsheets do to it in between."""

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from planning.actions import CellEdit, edit_cells, plan_demand
from planning.actions.sheets import Cause
from planning.models import SalesPlanLine, WorkbookImport
from planning.queries.workbook.compare import Comparison, compare
from sop.models import Series, User
from tests import factories as make

JUNE = dt.date(2026, 6, 1)
NAME = "plan.xlsx"


class Company:
    """Bikes (two products) and parts (one), each in north and south; a baseline of 1234.5 a month; one stream."""

    def __init__(self, means: list[float] | None = None, horizon: int = 8) -> None:
        self.planner = make.make_demand_planner()
        self.seller = make.make_user("sally")
        self.stream = make.make_stream("sales")
        self.north, self.south = make.make_market("north"), make.make_market("south")
        self.bikes, self.parts = make.make_family("bikes"), make.make_family("parts")
        self.series: dict[str, Series] = {}
        for code, family in (("city", self.bikes), ("race", self.bikes), ("bell", self.parts)):
            product = make.make_product(code, family, price=5, cost=2)
            for market in (self.north, self.south):
                series = make.make_series(product, market)
                make.make_history(series, dt.date(2025, 6, 1), [10.0] * 12)
                self.series[f"{code}-{market.code}"] = series
        cycle = make.make_cycle(JUNE, horizon=horizon)
        numbers = means or [1234.5] * len(self.series)
        make.make_forecast(cycle, dict(zip(self.series.values(), numbers, strict=True)))
        self.plan = plan_demand(cycle=cycle, by=self.planner)

    def client(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    def export(self, user: User | None = None, **query: str) -> bytes:
        answer = self.client(user or self.planner).get(f"/demand/{self.plan.pk}/export/", query)
        assert answer.status_code == 200, answer.content
        return b"".join(answer.streaming_content)

    def send(self, content: bytes, user: User | None = None, name: str = NAME) -> Any:
        file = SimpleUploadedFile(name, content)
        return self.client(user or self.planner).post(f"/demand/{self.plan.pk}/workbook/", {"file": file})

    def receive(self, content: bytes, user: User | None = None, name: str = NAME) -> WorkbookImport:
        answer = self.send(content, user, name)
        assert answer.status_code == 302, answer.content.decode()
        return WorkbookImport.objects.get(by=user or self.planner)

    def compare(self, content: bytes, user: User | None = None, name: str = NAME) -> Comparison:
        return compare(self.receive(content, user, name), user or self.planner)

    def edit(
        self, name: str, entry: str | float, month: dt.date = JUNE, by: User | None = None, measure: str = ""
    ) -> None:
        key = f"series:{self.series[name].pk}" + (f"/measure:{measure}" if measure else "")
        edit_cells(plan=self.plan, edits=[CellEdit(key, month, entry)], by=by or self.planner, cause=Cause("A listing"))

    def value(self, name: str, month: int = 0) -> float:
        return float(SalesPlanLine.objects.get(plan=self.plan, series=self.series[name]).consensus[month])


def changed(content: bytes, change: Callable[[Any], object]) -> bytes:
    """The workbook after `change` did something to its sheet of the plan."""
    book = load_workbook(io.BytesIO(content))
    change(book["Plan"])
    return saved(book)


def saved(book: Workbook) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def columns(sheet: Any) -> dict[str, int]:
    """The columns of a sheet by their machine names, in the row that holds them."""
    return {str(cell.value): cell.column for cell in sheet[1] if cell.value is not None}


def rows(sheet: Any, *labels: str) -> list[int]:
    """The rows whose labels include all of these."""
    at = columns(sheet)["evenkeel-key"]
    return [
        row[0].row
        for row in sheet.iter_rows(min_row=3)
        if set(labels) <= {str(cell.value) for cell in row if cell.column != at}
    ]


def cell(sheet: Any, month: str, *labels: str) -> Any:
    """The one cell of a row of the grid layout."""
    [row] = rows(sheet, *labels)
    return sheet.cell(row, columns(sheet)[month])


def put(value: Any, month: str, *labels: str) -> Callable[[Any], None]:
    """Write a value into one cell."""

    def change(sheet: Any) -> None:
        cell(sheet, month, *labels).value = value

    return change
