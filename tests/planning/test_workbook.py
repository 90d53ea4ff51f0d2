"""The sales plan goes to Excel and comes back: nothing changes by itself, and nothing is overwritten unseen."""

import csv
import io
import json
import zipfile
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from openpyxl import Workbook, load_workbook

from planning.actions import workbook as actions
from planning.models import Fence, Input, SalesPlanLine, WorkbookImport
from planning.queries.workbook import xlsx
from planning.queries.workbook.compare import compare
from sop.models import Change
from tests import factories as make
from tests.planning.workbooks import JUNE, Company, cell, changed, columns, put, rows, saved

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
CITY = ("city", "North", "Consensus")


@pytest.fixture
def company() -> Company:
    return Company()


def assert_unchanged(company: Company, content: bytes, name: str = "plan.xlsx", cells: int = 48) -> None:
    upload = company.receive(content, name=name)
    assert upload.content["errors"] == []
    assert (upload.content["cells"], upload.content["ignored"]) == ([], {})
    assert upload.content["unchanged"] == cells
    assert compare(upload, company.planner).all == []


# --- Out -------------------------------------------------------------------------------------------------------------


def test_the_workbook_shows_the_grid_with_totals_as_formulas(company: Company) -> None:
    book = load_workbook(io.BytesIO(company.export()))
    assert book.sheetnames == ["Read me", "Plan", "evenkeel"]
    assert book["evenkeel"].sheet_state == "veryHidden"
    sheet = book["Plan"]
    assert (sheet.row_dimensions[1].hidden, sheet.column_dimensions["A"].hidden) == (True, True)
    assert sheet.freeze_panes == "G3"
    [company_row] = rows(sheet, "All families")
    assert company_row == 3
    assert cell(sheet, "2026-06", "city", "All markets", "Consensus").value.startswith("=SUM(")
    assert cell(sheet, "2026-06", *CITY).value == 1234.5
    heads = {sheet.cell(2, column).value for column in range(1, sheet.max_column + 1)}
    assert {"Family", "Product code", "Jun 26", "Q3 2026", "2026"} <= heads


def test_only_what_the_user_may_enter_is_tinted(company: Company) -> None:
    for user, entered, shown in ((company.planner, "Consensus", "Sales"), (company.seller, "Sales", "Consensus")):
        sheet = load_workbook(io.BytesIO(company.export(user)))["Plan"]
        assert cell(sheet, "2026-06", "city", "North", entered).fill.fgColor.rgb == xlsx.INPUT
        assert cell(sheet, "2026-06", "city", "North", shown).fill.fgColor.rgb == xlsx.CALCULATED
        assert cell(sheet, "2026-05", "city", "North", entered).fill.fgColor.rgb == xlsx.CALCULATED


def test_the_list_has_a_line_for_each_series_measure_and_month(company: Company) -> None:
    sheet = load_workbook(io.BytesIO(company.export(layout="list")))["Plan"]
    assert len(rows(sheet, *CITY)) == 8
    lines = list(csv.DictReader(io.StringIO(company.export(layout="list", format="csv").decode())))
    mine = [
        line for line in lines if (line["product"], line["market"], line["measure"]) == ("city", "north", "consensus")
    ]
    assert [line["month"] for line in mine][:2] == ["2026-06", "2026-07"]
    assert {line["quantity"] for line in mine} == {"1234.5"}


def test_a_filter_of_the_page_holds_for_the_file(company: Company) -> None:
    sheet = load_workbook(io.BytesIO(company.export(family="parts", market="south")))["Plan"]
    assert len(rows(sheet, "bell", "South", "Consensus")) == 1
    assert not rows(sheet, "city")
    assert not rows(sheet, "North")


def test_labels_that_look_like_formulas_stay_text(company: Company) -> None:
    product = company.series["city-north"].product
    product.name = "=1+1"
    product.save()
    sheet = load_workbook(io.BytesIO(company.export()))["Plan"]
    named = sheet.cell(rows(sheet, *CITY)[0], columns(sheet)["product"])
    assert (named.value, named.data_type) == ("=1+1", "s")
    assert "'=1+1" in company.export(layout="list", format="csv").decode()
    assert_unchanged(company, company.export(layout="list", format="csv"), "plan.csv")


def test_too_much_for_a_workbook_says_what_to_do(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 10)
    answer = company.client(company.planner).get(f"/demand/{company.plan.pk}/export/")
    assert answer.status_code == 413
    assert "Choose a family or a market" in answer.content.decode()


# --- Back without a change -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ["grid", "list"])
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_what_comes_back_as_it_went_changes_nothing(company: Company, layout: str, kind: str) -> None:
    company.edit("city-north", 1300.25)
    assert_unchanged(company, company.export(layout=layout, format=kind), f"plan.{kind}")


def renamed_headers(sheet: Any) -> None:
    for column in range(1, sheet.max_column + 1):
        sheet.cell(2, column).value = f"My {column}"
    sheet.title = "Work"


def moved_columns(sheet: Any) -> None:
    last = columns(sheet)
    sheet.move_range(f"H1:H{sheet.max_row}", cols=30)
    sheet.move_range(f"C1:C{sheet.max_row}", cols=40)
    assert columns(sheet).keys() == last.keys()


def rows_and_columns_came_and_went(sheet: Any) -> None:
    sheet.delete_cols(columns(sheet)["family"])
    sheet.insert_cols(4)
    sheet.insert_rows(1, 3)
    sheet["A1"] = "My copy of the plan"


def texts_with_thousands(sheet: Any) -> None:
    forms = ("1 234,5", "1,234.50", "1.234,5", "1\u202f234.5", "1'234.5", "1234,5")
    codes = columns(sheet)
    for number, row in enumerate(rows(sheet, "Consensus")):
        for month in ("2026-06", "2026-07"):
            if not str(sheet.cell(row, codes[month]).value).startswith("="):
                sheet.cell(row, codes[month]).value = forms[number % len(forms)]


@pytest.mark.parametrize(
    "change",
    [renamed_headers, moved_columns, rows_and_columns_came_and_went, texts_with_thousands],
    ids=lambda f: f.__name__,
)
def test_what_spreadsheets_do_changes_nothing(company: Company, change: Any) -> None:
    assert_unchanged(company, changed(company.export(), change))


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_what_events_take_away_is_negative_and_no_error(company: Company, kind: str) -> None:
    for line in SalesPlanLine.objects.filter(plan=company.plan):
        line.events = line.events - 5.5
        line.save()
    assert_unchanged(company, company.export(format=kind), f"plan.{kind}")


def test_blank_cells_and_deleted_rows_are_left_as_they_are(company: Company) -> None:
    def blank_and_delete(sheet: Any) -> None:
        for value, month in ((None, "2026-06"), ("", "2026-07"), ("-", "2026-08"), ("  ", "2026-09")):
            cell(sheet, month, *CITY).value = value
        sheet.delete_rows(rows(sheet, "race", "South", "Consensus")[0])

    assert_unchanged(company, changed(company.export(), blank_and_delete), cells=48 - 4 - 8)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    means=some.lists(some.floats(0, 1e7, allow_subnormal=False), min_size=6, max_size=6),
    layout=some.sampled_from(["grid", "list"]),
    kind=some.sampled_from(["xlsx", "csv"]),
)
def test_any_plan_comes_back_unchanged(db: None, means: list[float], layout: str, kind: str) -> None:
    with transaction.atomic():
        company = Company(means, horizon=3)
        content = company.export(layout=layout, format=kind)
        assert_unchanged(company, content, f"plan.{kind}", cells=18)
        transaction.set_rollback(True)


# --- Three ways ------------------------------------------------------------------------------------------------------


def test_each_cell_is_compared_three_ways(company: Company) -> None:
    content = company.export()
    company.edit("city-north", 2000)  # theirs only
    company.edit("city-south", 2000)  # both, and different
    company.edit("race-north", 2000)  # both, and the same

    def enter(sheet: Any) -> None:
        cell(sheet, "2026-06", "city", "South", "Consensus").value = 1500
        cell(sheet, "2026-06", "race", "North", "Consensus").value = 2000
        cell(sheet, "2026-06", "race", "South", "Consensus").value = 1400  # mine only

    upload = company.receive(changed(content, enter))
    compared = compare(upload, company.planner)
    assert [(group.code, group.market) for group in compared.groups] == [("city", "South"), ("race", "South")]
    [conflict], [proposed] = compared.conflicts, compared.proposed
    assert (conflict.cell.base, conflict.now.value, conflict.cell.mine, conflict.now.by) == (1234.5, 2000, 1500, "Dan")
    assert (proposed.now.value, proposed.cell.mine, compared.effect) == (1234.5, 1400, 165.5)
    assert upload.content["theirs"] == 1


def take(company: Company, upload: WorkbookImport, **form: Any) -> str:
    form.setdefault("seen", compare(upload, upload.by).seen)
    url = f"/demand/{company.plan.pk}/workbook/{upload.pk}/"
    return str(company.client(upload.by).post(url, form, follow=True).content.decode())


def two_changes(company: Company) -> WorkbookImport:
    def enter(sheet: Any) -> None:
        cell(sheet, "2026-06", *CITY).value = 1500
        cell(sheet, "2026-07", *CITY).value = 1600

    return company.receive(changed(company.export(), enter))


def test_a_part_is_taken_with_its_reason_and_the_rest_waits(company: Company) -> None:
    upload = two_changes(company)
    first, second = compare(upload, company.planner).proposed
    page = take(company, upload, take=[first.number], reason="")
    assert "1 change of the file taken into the plan" in page
    assert (company.value("city-north", 0), company.value("city-north", 1)) == (1500, 1234.5)
    assert Input.objects.get().reason == "From workbook plan.xlsx"
    assert [each.number for each in compare(upload, company.planner).proposed] == [second.number]


def test_all_of_it_is_one_change_set_and_can_be_undone(company: Company) -> None:
    upload = two_changes(company)
    take(company, upload, take=[0, 1], reason="Trade fair")
    change = Change.objects.get(kind="plan.edited")
    assert (change.reason, len(change.data["cells"])) == ("Trade fair", 2)
    page = (
        company.client(company.planner)
        .post(f"/demand/{company.plan.pk}/workbook/{upload.pk}/undo/", follow=True)
        .content.decode()
    )
    assert "2 changes of the file undone" in page
    assert (company.value("city-north", 0), Input.objects.count()) == (1234.5, 0)


def test_a_conflict_is_written_only_when_mine_is_chosen(company: Company) -> None:
    content = changed(company.export(), put(1500, "2026-06", *CITY))
    company.edit("city-north", 2000)
    upload = company.receive(content)
    take(company, upload, **{"choice-0": "theirs"})
    assert company.value("city-north") == 2000
    take(company, upload, **{"choice-0": "mine"})
    assert company.value("city-north") == 1500


def test_what_changed_since_the_page_was_shown_comes_back_as_a_conflict(company: Company) -> None:
    upload = two_changes(company)
    seen = compare(upload, company.planner).seen
    company.edit("city-north", 1999)
    page = take(company, upload, seen=seen, take=[0, 1])
    assert "1 change of the file taken" in page
    assert "1 cell was changed by somebody else" in page
    assert (company.value("city-north", 0), company.value("city-north", 1)) == (1999, 1600)
    [conflict] = compare(upload, company.planner).conflicts
    assert conflict.cell.mine == 1500


def test_a_number_somebody_entered_again_is_a_conflict_though_it_is_the_same(company: Company) -> None:
    content = changed(company.export(), put(1500, "2026-06", *CITY))
    company.edit("city-north", 1234.5)
    assert len(company.compare(content).conflicts) == 1


def test_a_made_up_page_is_refused(company: Company) -> None:
    upload = two_changes(company)
    assert "out of date" in take(company, upload, seen="made up", take=[0])
    assert company.value("city-north") == 1234.5


def test_locked_cells_are_shown_and_not_taken(company: Company) -> None:
    company.edit("city-north", 1300)
    content = changed(company.export(), put(1500, "2026-06", *CITY))
    Input.objects.update(locked=True)
    upload = company.receive(content)
    [closed] = compare(upload, company.planner).closed
    assert closed.why == "locked"
    assert "Nothing is ticked" in take(company, upload, take=[closed.number])
    assert company.value("city-north") == 1300


def test_frozen_months_are_shown_and_not_taken(company: Company) -> None:
    Fence.objects.create(frozen_months=1)
    content = company.export()
    sheet = load_workbook(io.BytesIO(content))["Plan"]
    assert cell(sheet, "2026-06", *CITY).fill.fgColor.rgb == xlsx.CALCULATED
    assert cell(sheet, "2026-07", *CITY).fill.fgColor.rgb == xlsx.INPUT
    [closed] = company.compare(changed(content, put(1500, "2026-06", *CITY))).closed
    assert "inside the frozen months" in closed.why


# --- What is written in cells ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "mine"),
    [
        (1500, 1500.0),
        ("1 500,5", 1500.5),
        ("1,500.50", 1500.5),
        ("+10%", 1357.95),
        ("-10%", 1111.05),
        ("+500", 1734.5),
        ("*2", 2469.0),
        ("2k", 2000.0),
        (0, 0.0),
    ],
    ids=str,
)
def test_numbers_are_read_as_the_grid_reads_them(company: Company, written: object, mine: float) -> None:
    [found] = company.compare(changed(company.export(), put(written, "2026-06", *CITY))).proposed
    assert found.cell.mine == pytest.approx(mine)


def test_a_share_typed_into_a_cell_changes_by_that_share(company: Company) -> None:
    def enter(sheet: Any) -> None:
        target = cell(sheet, "2026-06", *CITY)
        target.value, target.number_format = 0.1, "0%"

    [found] = company.compare(changed(company.export(), enter)).proposed
    assert (found.cell.entry, found.cell.mine) == ("+10%", pytest.approx(1357.95))


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("abc", "“abc” is not a quantity"),
        (-20, "negative"),
        ("10%", "does not say which way"),
        ("#REF!", "error of a formula"),
        (True, "is not a quantity"),
        (JUNE, "is not a quantity"),
        ("=H5*2", "open the file in Excel, save it"),
    ],
    ids=str,
)
def test_an_error_names_row_and_month_and_good_cells_are_kept(company: Company, written: object, words: str) -> None:
    def enter(sheet: Any) -> None:
        cell(sheet, "2026-07", *CITY).value = written
        cell(sheet, "2026-08", *CITY).value = 1500

    content = changed(company.export(), enter)
    upload = company.receive(content)
    [error] = upload.content["errors"]
    sheet = load_workbook(io.BytesIO(content))["Plan"]
    assert (error["row"], error["column"]) == (rows(sheet, *CITY)[0], "Jul 26")
    assert words in error["message"]
    assert len(compare(upload, company.planner).proposed) == 1
    listed = company.client(company.planner).get(f"/demand/{company.plan.pk}/workbook/{upload.pk}/errors/")
    assert words in listed.content.decode()


def with_results(content: bytes, cells: dict[str, float]) -> bytes:
    """What a spreadsheet program does when it saves: the result of each formula beside it."""
    source, target = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as book:
        for name in source.namelist():
            text = source.read(name)
            for formula, result in cells.items():
                text = text.replace(f"<f>{formula}</f><v />".encode(), f"<f>{formula}</f><v>{result}</v>".encode())
                text = text.replace(f"<f>{formula}</f><v></v>".encode(), f"<f>{formula}</f><v>{result}</v>".encode())
            book.writestr(name, text)
    return target.getvalue()


def test_a_formula_counts_with_its_saved_result(company: Company) -> None:
    content = changed(company.export(), put("=700*2", "2026-06", *CITY))
    [found] = company.compare(with_results(content, {"700*2": 1400})).proposed
    assert found.cell.mine == 1400


def test_a_changed_calculated_cell_is_reported_and_not_taken(company: Company) -> None:
    def enter(sheet: Any) -> None:
        cell(sheet, "2026-06", "city", "North", "Baseline").value = 1
        cell(sheet, "2026-06", "city", "North", "Sales").value = 2
        cell(sheet, "2026-06", "city", "All markets", "Consensus").value = 3

    upload = company.receive(changed(company.export(), enter))
    assert upload.content["ignored"] == {"Baseline": 1, "Sales": 1}
    assert upload.content["notes"] == ["1 totals were typed over. Totals are not read; change the rows below them."]
    assert compare(upload, company.planner).all == []


def test_a_row_that_stands_twice_with_another_number_is_an_error(company: Company) -> None:
    def copy(sheet: Any) -> None:
        [row] = rows(sheet, *CITY)
        sheet.append([sheet.cell(row, column).value for column in range(1, sheet.max_column + 1)])
        sheet.cell(sheet.max_row, columns(sheet)["2026-06"]).value = 5

    upload = company.receive(changed(company.export(), copy))
    [error] = upload.content["errors"]
    assert "stands twice" in error["message"]


# --- Files of other makers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("june", "july"),
    [
        ("Jun 26", "Jul 26"),
        ("2026-06", "2026-07"),
        ("June 2026", "July 2026"),
        ("06/2026", "07/2026"),
        (JUNE, "2026/07"),
    ],
    ids=str,
)
def test_a_table_without_our_keys_is_read_by_its_headers(company: Company, june: object, july: str) -> None:
    book = Workbook()
    book.active.append(["Forecast of the north"])
    book.active.append(["SKU", "Region", june, july])
    book.active.append(["city", "North", 1500, "1 234,5"])
    upload = company.receive(saved(book))
    [found] = compare(upload, company.planner).proposed
    assert (found.month, found.cell.mine) == ("Jun 26", 1500)
    assert upload.content["notes"] == [
        "Read by the headers of row 2: product code from “SKU”, market from “Region”, "
        "2 months from “Jun 26” to “Jul 26”."
    ]


def test_a_list_saved_with_decimal_commas_is_read(company: Company) -> None:
    text = "Produkt;Product;Market;Month;Quantity\nx;city;north;2026-06;1.500,5\ny;city;north;2026-07;1.234,5\n"
    [found] = company.compare(text.encode(), name="plan.csv").proposed
    assert found.cell.mine == 1500.5


def test_a_file_of_something_else_says_what_it_needs(company: Company) -> None:
    book = Workbook()
    book.active.append(["Shopping", "list"])
    answer = company.send(saved(book))
    assert answer.status_code == 422
    assert "columns for product, market and months" in answer.content.decode()


@pytest.mark.parametrize("unit", ["revenue", "cost"])
def test_a_workbook_in_money_comes_back_as_units(company: Company, unit: str) -> None:
    line = SalesPlanLine.objects.get(plan=company.plan, series=company.series["city-north"])
    rate = {"revenue": line.price, "cost": line.unit_cost}[unit][0]
    assert_unchanged(company, company.export(unit=unit))
    book = load_workbook(io.BytesIO(company.export(unit=unit)))
    assert "becomes the units" in str([row[0].value for row in book["Read me"].iter_rows()])
    put(200 * rate, "2026-06", *CITY)(book["Plan"])
    upload = company.receive(saved(book))
    [found] = compare(upload, company.planner).proposed
    assert (found.cell.mine, found.now.value) == (200 * rate, 1234.5 * rate)
    page = take(company, upload, take=[found.number], reason="Fair")
    assert f"{unit} in all" in page
    assert company.value("city-north") == pytest.approx(200)
    assert company.value("city-south") == 1234.5


def test_margin_is_for_reading_and_money_for_who_sees_it(company: Company) -> None:
    margin = company.export(unit="margin")
    assert "for reading only" in company.send(margin).content.decode()
    sheet = load_workbook(io.BytesIO(margin))["Plan"]
    assert cell(sheet, "2026-06", *CITY).fill.fgColor.rgb == xlsx.CALCULATED
    blind = make.make_user("bea", "demand-planning", "planner", money=False)
    assert company.send(company.export(unit="revenue"), user=blind).status_code == 403


def test_a_workbook_of_another_cycle_is_refused(company: Company) -> None:
    book = load_workbook(io.BytesIO(company.export()))
    about = json.loads(book["evenkeel"]["A1"].value)
    book["evenkeel"]["A1"] = json.dumps({**about, "cycle": "2026-05"})
    assert "exported from the plan of May 2026" in company.send(saved(book)).content.decode()


# --- Hostile files ---------------------------------------------------------------------------------------------------


def test_damaged_and_foreign_files_are_refused_in_words(company: Company) -> None:
    for name, content in (("a.xlsx", b"PK nothing"), ("a.xlsx", b""), ("a.ods", b"x"), ("a.xlsx", _zip({"a": b"b"}))):
        answer = company.send(content, name=name)
        assert answer.status_code in (200, 422)
        assert not WorkbookImport.objects.exists()


def test_a_file_that_unpacks_to_too_much_is_refused(company: Company) -> None:
    bomb = _zip({"xl/workbook.xml": b"0" * (81 * 2**20)})
    answer = company.send(bomb)
    assert answer.status_code == 413
    assert "unpacks to more than 80 MB" in answer.content.decode()


def test_entities_in_a_workbook_are_refused(company: Company) -> None:
    source = zipfile.ZipFile(io.BytesIO(company.export()))
    parts = {name: source.read(name) for name in source.namelist()}
    sheet = parts["xl/worksheets/sheet2.xml"].split(b"?>", 1)[-1]
    parts["xl/worksheets/sheet2.xml"] = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e "boom">]>' + sheet
    answer = company.send(_zip(parts))
    assert answer.status_code == 422
    assert "cannot be read" in answer.content.decode()


def _zip(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


# --- Who may ---------------------------------------------------------------------------------------------------------


def test_planner_colleague_and_outsider(company: Company) -> None:
    nora = make.make_user("nora", markets=[company.north], money=False)
    sheet = load_workbook(io.BytesIO(company.export(nora)))["Plan"]
    assert rows(sheet, "North")
    assert not rows(sheet, "South")
    client = company.client(nora)
    assert client.get(f"/demand/{company.plan.pk}/export/?unit=revenue").status_code == 403

    foreign = changed(company.export(), put(77, "2026-06", "city", "South", "Sales"))
    upload = company.receive(foreign, nora)
    assert compare(upload, nora).all == []
    unknown = {error["message"] for error in upload.content["errors"]}
    assert "Bell in south is not in your part of the plan." in {text[:1].upper() + text[1:] for text in unknown}
    assert "77" not in json.dumps(upload.content)

    for other in (company.planner, make.make_outsider()):
        answer = company.client(other).get(f"/demand/{company.plan.pk}/workbook/{upload.pk}/")
        assert answer.status_code == (404 if other == company.planner else 403)


@pytest.mark.parametrize("path", ["export/", "workbook/"])
def test_outsiders_and_strangers_get_nothing(company: Company, path: str) -> None:
    url = f"/demand/{company.plan.pk}/{path}"
    assert company.client(make.make_outsider()).get(url).status_code == 403
    assert Client().get(url).status_code == 302


def test_a_viewer_may_export_and_not_import(company: Company) -> None:
    viewer = make.make_user("vera", "sop-office", "viewer")
    content = company.export(viewer)
    assert company.send(content, viewer).status_code == 403
    assert not WorkbookImport.objects.exists()


def test_a_contributor_enters_their_own_stream(company: Company) -> None:
    content = changed(company.export(company.seller), put(1500, "2026-06", "city", "North", "Sales"))
    upload = company.receive(content, company.seller)
    take(company, upload, take=[0])
    entry = Input.objects.get()
    assert (entry.stream, entry.quantity, entry.author) == (company.stream, 1500, company.seller)
    assert company.value("city-north") == 1234.5


def test_a_locked_plan_takes_no_workbook(company: Company) -> None:
    content, upload = company.export(), two_changes(company)
    company.plan.locked_at = "2026-06-01T00:00Z"
    company.plan.save()
    assert company.send(content).status_code == 423
    assert "locked" in take(company, upload, take=[0])


def test_files_are_kept_for_a_day_and_one_for_each_person(company: Company) -> None:
    two_changes(company)
    old = WorkbookImport.objects.create(plan=company.plan, by=company.seller, name="old", content={})
    WorkbookImport.objects.filter(pk=old.pk).update(at="2020-01-01T00:00Z")
    upload = two_changes(company)
    assert list(WorkbookImport.objects.all()) == [upload]


def test_receiving_is_one_verb_of_the_actions(company: Company) -> None:
    upload = actions.receive(plan=company.plan, name="plan.xlsx", content=company.export(), by=company.planner)
    assert upload.content["unchanged"] == 48
