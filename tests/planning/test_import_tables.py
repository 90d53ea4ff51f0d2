"""Importing tables: what goes in, what changes on a second run, and how bad input is told."""

import datetime as dt
import gzip
import io
import json
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command

from planning.actions.importing import import_tables
from planning.models import Budget, Component, InventoryBalance, Resource, Routing, SupplyPolicy
from sop.actions.postings import post_actuals
from sop.actions.reading import folder, upload
from sop.errors import NotAllowed, PlanningError
from sop.models import Change, Family, History, Market, Posting, Product, ProductCost, RejectedPosting, Series, User
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

TABLES = {
    "families": "code,name,parent\nroad,Road,bikes\nbikes,Bikes,\n",
    "products": "code,name,family,launch_month,lead_time_months\nB1,Bike one,road,2012-12-01,1\nB2,Bike two,road,,\n",
    "components": "code,name,uom,lead_time_months,unit_cost\nW,Wheel,EA,1,7.5\nS,Spoke,EA,1,0.1\n",
    "prices": "product,valid_from,price\nB1,2010-12-01,100\nB2,2010-12-01,200\n",
    "costs": "product,valid_from,unit_cost\nB1,2010-12-01,60\n",
    "markets": "code,name,parent\neu,Europe,\nde,Germany,eu\n",
    "sites": "code,name\nmain,Main\n",
    "actuals": (
        "external_id,product,market,date,kind,quantity,revenue\n"
        "1,B1,de,2013-01-31,ordered,3,300\n2,B1,de,2013-02-01,ordered,-1,-100\n3,B2,de,2013-02-28,ordered,2,400\n"
    ),
    "storage": "site,limit\nmain,500\n",
    "inventory": "product,site,month,on_hand\nB1,main,2013-01-01,-5\nB1,main,2013-02,12\n",
    "receipts": "product,site,month,quantity\nB1,main,2013-02-01,20\n",
    "calendars": "code,name,days_per_week\nplant,Plant,6\n",
    "shutdowns": "calendar,first_day,last_day,name\nplant,2013-08-05,2013-08-16,Summer\nplant,2013-12-25,,Christmas\n",
    "resources": "code,name,site,regular_hours_per_month,overtime_hours_per_month,hourly_cost,overtime_hourly_cost\n"
    "paint,Paint,main,160,40,25,37.5\n",
    "capacities": "resource,month,regular_hours,overtime_hours\npaint,2013-08,80,0\n",
    "crews": "resource,workers,hours_per_worker_day,wage_per_month,whole\npaint,6,7.5,2800,yes\n",
    "routings": "product,resource,hours_per_unit,offset_months\nB1,paint,0.5,0\n",
    "bom": "parent,component,quantity_per\nB1,W,2\nW,S,36\n",
    "supply_costs": "product,holding_cost_rate_per_year,backorder_cost_per_unit_month,subcontract_unit_cost\n"
    "B1,0.2,6,\n",
    "budget": "family,market,month,quantity,revenue\nroad,de,2013-06,50,5000\n",
}


@pytest.fixture
def tables(tmp_path):
    """Write tables into a folder; those not named are as above."""

    def write(*names, **contents):
        for name in names or TABLES:
            (tmp_path / f"{name}.csv").write_text(TABLES[name], encoding="utf-8")
        for name, content in contents.items():
            written = content if isinstance(content, bytes) else content.encode()
            (tmp_path / f"{name}.csv").write_bytes(written)
        return tmp_path

    return write


def run(path, **options):
    return {outcome.table: outcome for outcome in import_tables(folder(path), by=None, **options).tables}


def messages(outcome):
    return [(error.row, error.field, error.message) for error in outcome.errors]


def test_every_table_goes_in(tables):
    outcomes = run(tables())
    assert [(name, outcome.rejected, outcome.failed) for name, outcome in outcomes.items() if outcome.rejected] == []
    assert list(outcomes) == list(TABLES)
    assert all(outcome.created == outcome.rows for outcome in outcomes.values())
    assert Family.objects.get(code="road").parent.code == "bikes"
    assert Product.objects.get(code="B1").launch_month == dt.date(2012, 12, 1)
    assert not Product.objects.get(code="W").sold
    assert ProductCost.objects.get(product__code="W").unit_cost == 7.5
    assert InventoryBalance.objects.get(month="2013-01-01").on_hand == -5
    assert History.objects.get(series__product__code="B1").ordered.tolist() == [3, -1]
    assert Series.objects.get(product__code="B2").site.code == "main"
    assert SupplyPolicy.objects.get().subcontract_unit_cost is None
    assert (Routing.objects.count(), Budget.objects.count(), Resource.objects.count()) == (1, 1, 1)


def test_a_part_with_a_bill_of_its_own_is_made(tables):
    run(tables())
    assert Product.objects.get(code="W").make_or_buy == "make"
    assert Product.objects.get(code="S").make_or_buy == "buy"


def test_whether_a_part_is_made_may_be_blank_or_left_out(tables):
    blank = "code,name,uom,make_or_buy,lead_time_months,unit_cost\nW,Wheel,EA,,1,7.5\nS,Spoke,EA,,1,0.1\n"
    run(tables(components=blank))
    assert dict(Product.objects.filter(sold=False).values_list("code", "make_or_buy")) == {"W": "make", "S": "buy"}
    assert run(tables("components"))["components"].unchanged == 2
    assert run(tables(components=blank))["components"].unchanged == 2


def test_a_second_run_changes_nothing(tables):
    path = tables()
    run(path)
    changes = Change.objects.count()
    outcomes = run(path)
    assert all(outcome.unchanged == outcome.rows for outcome in outcomes.values())
    assert Change.objects.count() == changes


def test_a_changed_row_is_changed_and_the_others_are_not(tables):
    run(tables())
    path = tables(products=TABLES["products"].replace("Bike two", "Bike 2"))
    outcome = run(path)["products"]
    assert (outcome.updated, outcome.unchanged) == (1, 1)
    assert outcome.differences[0].fields == {"name": ("Bike two", "Bike 2")}


def test_columns_that_a_file_does_not_have_keep_what_is_stored(tables):
    run(tables())
    run(tables("sites", products="code,name,family\nB1,Bike 1,road\n"))
    assert Product.objects.get(code="B1").lead_time_months == 1


def test_a_dry_run_says_the_same_and_writes_nothing(tables):
    outcomes = run(tables(), preview=True)
    assert outcomes["products"].created == 2
    assert outcomes["actuals"].created == 3
    assert (Product.objects.count(), Posting.objects.count(), Change.objects.count()) == (0, 0, 0)


def test_actuals_imported_and_then_posted_count_once(tables):
    run(tables())
    record = {"external_id": "1", "product": "B1", "market": "de", "date": "2013-01-31", "kind": "ordered"}
    assert post_actuals(source="erp", records=[record | {"quantity": 3, "revenue": 300.0}], by=None).unchanged == 1


def test_a_product_that_changes_its_family_takes_its_history_along(tables):
    run(tables())
    run(tables(families=TABLES["families"] + "city,City,bikes\n", products="code,name,family\nB1,Bike one,city\n"))
    totals = {line.family.code: line.ordered.tolist() for line in History.objects.filter(series__isnull=True)}
    assert totals == {"city": [3, -1], "road": [2]}


def test_unknown_codes_are_named_with_the_one_that_was_meant(tables):
    outcome = run(tables(routings="product,resource,hours_per_unit\nB1,pant,1\nB9,paint,1\nB1,paint,2\n"))["routings"]
    assert messages(outcome) == [
        (2, "resource", "no resource has the code “pant”; did you mean “paint”?"),
        (3, "product", "no product has the code “B9”; did you mean “B2”?"),
    ] or messages(outcome)[1][2].startswith("no product has the code “B9”")
    assert outcome.created == 1


def test_unknown_codes_in_actuals_are_kept_to_be_tried_again(tables):
    outcome = run(tables(actuals=TABLES["actuals"] + "4,B9,de,2013-02-01,ordered,1,1\n"))["actuals"]
    assert messages(outcome) == [(5, "product", "no product has the code “B9”")]
    assert outcome.created == 3
    assert RejectedPosting.objects.get().external_id == "4"


def test_the_same_key_twice_in_a_file(tables):
    twice = "product,valid_from,price\nB1,2010-12-01,100\nB1,2010-12-01,100\nB1,2010-12-01,90\n"
    outcome = run(tables(prices=twice))["prices"]
    assert (outcome.created, outcome.unchanged) == (1, 1)
    assert messages(outcome) == [(4, "product", "the same product and valid_from as in row 2, with other values")]


def test_the_same_external_id_twice_in_a_file(tables):
    outcome = run(tables(actuals=TABLES["actuals"] + "1,B1,de,2013-01-31,ordered,9,300\n"))["actuals"]
    assert outcome.created == 3
    assert "comes twice" in messages(outcome)[0][2]


@pytest.mark.parametrize(
    ("table", "row", "field", "message"),
    [
        ("products", "B3,Bike,road,2012-13-01,1", "launch_month", "“2012-13-01” is not a month: there is no month 13"),
        (
            "products",
            "B3,Bike,road,2012-12-31,1",
            "launch_month",
            "“2012-12-31” is a day; a month is written as 2012-12",
        ),
        ("products", "B3,Bike,road,,1.5", "lead_time_months", "1.5 is not a whole number"),
        ("products", "B3,Bike,road,,-1", "lead_time_months", "-1 is less than 0"),
        ("products", "B3,,road,,1", "name", "is missing"),
        ("products", f"{'B' * 65},Bike,road,,1", "code", "has 65 characters; at most 64 can be kept"),
        ("prices", "B1,2010-12-32,100", "valid_from", "“2010-12-32” is not a day; write it as 2013-06-30"),
        ("prices", "B1,2011-12-01,-1", "price", "-1 is less than 0"),
        ("prices", "B1,2011-12-01,x", "price", "“x” is not a number"),
        ("prices", "B1,2011-12-01,inf", "price", "“inf” is not a number"),
        ("prices", 'B1,2011-12-01,"1,5"', "price", "“1,5” is not a number; write it with a decimal point"),
        ("prices", "B1,2011-12-01,1,5", "", "has 4 cells where the first row has 3; is a comma not in quotes?"),
        ("prices", "B1,2011-12-01", "", "has 2 cells where the first row has 3; is a comma not in quotes?"),
        ("families", "a,A,nowhere", "parent", "no family has the code “nowhere”"),
        ("families", "a,A,a", "parent", "goes round in a circle: a → a"),
        ("bom", "B1,B1,1", "component", "“B1” would need itself, by way of “B1”"),
        ("bom", "W,B1,1", "component", "“W” would need itself, by way of “B1”"),
        ("components", "B1,Bike,EA,1,5", "code", "is a product that is sold; its cost belongs in costs.csv"),
    ],
)
def test_a_bad_row_is_named_and_the_good_ones_are_taken(tables, table, row, field, message):
    run(tables())
    written = TABLES[table] + row + "\n"
    outcome = run(tables(**{table: written}))[table]
    assert any(each[1] == field and each[2].startswith(message) for each in messages(outcome)), messages(outcome)
    assert outcome.errors[-1].row == written.count("\n")
    assert outcome.good >= 1 or table == "bom"


def test_circles_among_new_families_and_what_hangs_on_them(tables):
    outcome = run(tables("sites", families="code,name,parent\na,A,b\nb,B,a\nc,C,b\nd,D,\n"))["families"]
    assert {error.row for error in outcome.errors} == {2, 3, 4}
    assert list(Family.objects.values_list("code", flat=True)) == ["d"]


def test_a_circle_in_a_bill_is_refused_and_the_other_lines_are_taken(tables):
    outcome = run(tables(bom="parent,component,quantity_per\nB1,W,2\nW,S,3\nS,W,1\n"))["bom"]
    assert {error.row for error in outcome.errors} == {3, 4}
    assert Component.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "products.csv is empty; it needs a first row with the names of the columns."),
        ("\n\n", "products.csv is empty"),
        ("code,name\nB1,x\n", "the first row lacks the column “family”. It has: code, name."),
        ("code,name,famly\nB1,x,road\n", "lacks the column “family” (did you mean “famly”?)"),
        ("code,name,family,name\nB1,x,road,y\n", "the column name comes twice. Remove one."),
        ("code,name,family\nB1,Größe,road\n".encode("latin-1"), "products.csv is not UTF-8: in row 2"),
        ("code,name,family\nB1,x,road\n".encode("utf-16"), "products.csv is not UTF-8: in row 1"),
        ('code,name,family\nB1,"' + "x" * 200_000, "Is a quotation mark not closed?"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_the_other_tables_go_in(tables, content, message):
    outcomes = run(tables("families", "markets", products=content))
    assert message in outcomes["products"].failed
    assert outcomes["families"].created == 2
    assert outcomes["markets"].created == 2
    assert Product.objects.count() == 0


def test_a_byte_order_mark_blank_lines_and_unknown_columns_do_no_harm(tables):
    path = tables("families", products="\ufeffCode,Name,Family,Colour\r\nB1,One,road,red\r\n\r\n,,,\r\n")
    outcome = run(path)["products"]
    assert (outcome.created, outcome.rejected) == (1, 0)
    assert outcome.warnings == ["The column “colour” is not known and was not read"]


def test_semicolons_and_decimal_commas(tables):
    prices = "product;valid_from;price\nB1;2010-12-01;1.234,50\nB2;2010-12-01;7,25\n"
    actuals = "external_id;product;market;date;kind;quantity;revenue\n1;B1;de;2013-01-31;ordered;1,5;1.000,25\n"
    outcomes = run(tables(prices=prices, actuals=actuals))
    assert outcomes["prices"].created == 2
    assert Product.objects.get(code="B1").prices.get().price == 1234.5
    assert (Posting.objects.get().quantity, Posting.objects.get().revenue) == (1.5, 1000.25)


def test_a_header_without_rows_is_no_error(tables):
    outcome = run(tables("families", products="code,name,family\n"))["products"]
    assert (outcome.rows, outcome.failed) == (0, "")


def test_files_that_are_no_tables_are_named(tables, tmp_path):
    (tmp_path / "product.csv").write_text("x")
    (tmp_path / "notes.txt").write_text("x")
    imported = import_tables(folder(tables("sites")), by=None)
    assert imported.unknown == ["product.csv is not a table that can be imported; did you mean “products”?"]


def test_a_compressed_table_and_a_damaged_one(tmp_path):
    (tmp_path / "sites.csv.gz").write_bytes(gzip.compress(TABLES["sites"].encode()))
    (tmp_path / "markets.csv.gz").write_bytes(gzip.compress(TABLES["markets"].encode() * 1000)[:-30])
    outcomes = run(tmp_path)
    assert outcomes["sites"].created == 1
    assert "damaged" in outcomes["markets"].failed
    assert Market.objects.count() == 0


def test_only_so_many_errors_are_listed_and_all_are_counted(tables):
    rows = "".join(f"B{number},2010-12-01,x\n" for number in range(1_500))
    outcome = run(tables(prices=f"product,valid_from,price\n{rows}"))["prices"]
    assert outcome.rejected == 1_500
    assert len(outcome.errors) == 1_000


def test_only_a_coordinator_may_import(tables):
    with pytest.raises(NotAllowed):
        import_tables(folder(tables()), by=make.make_demand_planner())
    assert import_tables(folder(tables()), by=make.make_coordinator()).good


# --- Uploads ----------------------------------------------------------------------------------------------------------


def zipped(**contents):
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        for name, content in contents.items():
            archive.writestr(f"folder/{name}.csv", content)
        archive.writestr("__MACOSX/._x.csv", "x")
    return out.getvalue()


def test_a_zip_of_tables():
    sources = upload("all.zip", zipped(**TABLES), limit=10**6)
    assert import_tables(sources, by=None).rejected == 0
    assert Product.objects.filter(sold=True).count() == 2


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("all.zip", zipped(products="x" * 20_000), "larger than"),
        ("actuals.csv.gz", gzip.compress(b"x" * 20_000), "larger than"),
        ("all.zip", b"PK nonsense", "cannot be unpacked"),
        ("actuals.csv.gz", b"nonsense", "not compressed with gzip"),
        ("products.xlsx", b"PK", "Save its sheet as “CSV UTF-8”"),
    ],
    ids=["large zip", "large gzip", "broken zip", "broken gzip", "workbook"],
)
def test_uploads_that_are_refused(name, content, message):
    with pytest.raises(PlanningError) as error:
        upload(name, content, limit=10_000)
    assert message in error.value.detail


# --- The command ------------------------------------------------------------------------------------------------------


def command(*arguments):
    out, log = io.StringIO(), io.StringIO()
    call_command("import_data", *arguments, stdout=out, stderr=log)
    return out.getvalue(), log.getvalue()


def test_the_command_shows_a_table_and_its_progress(tables):
    out, log = command(str(tables(prices=TABLES["prices"] + "B9,2010-12-01,1\n")))
    assert "prices.csv, row 4, product: no product has the code “B9”" in out
    assert "actuals: 3 rows" in log


def test_the_command_in_json_under_a_name(tables):
    User.objects.create_superuser("admin")
    out, _ = command(str(tables()), "--json", "--user", "admin", "--source", "sap")
    told = json.loads(out)
    assert told["tables"][0] == {
        "table": "families", "file": "families.csv", "rows": 2, "created": 2, "updated": 0, "unchanged": 0,
        "rejected": 0, "failed": "", "warnings": [], "errors": [], "seconds": told["tables"][0]["seconds"],
    }  # fmt: skip
    assert Change.objects.first().by.username == "admin"
    assert Posting.objects.first().source == "sap"


def test_the_command_dry(tables):
    out, _ = command(str(tables()), "--dry-run")
    assert "nothing was written" in out
    assert Product.objects.count() == 0


def test_the_command_fails_when_nothing_could_be_read(tables, tmp_path):
    with pytest.raises(CommandError, match="There is no folder"):
        command(str(tmp_path / "nowhere"))
    with pytest.raises(CommandError, match="No table could be read"):
        command(str(tmp_path))
    with pytest.raises(CommandError, match="There is no user"):
        command(str(tables()), "--user", "nobody")
