"""One month from the first file to the plan of record, in the browser, as each department in its turn.

Real Chromium, server, PostgreSQL, Redis and Celery worker. The company is small enough to reckon by hand: two bicycles
and a bell in two markets, 36 months of even demand that doubles every June, and a paint shop that cannot follow.
"""

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.test import Client

from planning.models import ProductionLine, ProductionPlan, ResourceLoad, SalesPlan, SalesPlanLine
from sop import months
from sop.actions import tokens
from sop.models import Cycle, History, Posting, User
from tests import factories as make

pytestmark = [pytest.mark.browser, pytest.mark.worker, pytest.mark.django_db(transaction=True)]

FIRST, LAST = months.parse("2023-06"), months.parse("2026-05")
PRODUCTS = {"CITY": ("bikes", 100), "RACE": ("bikes", 60), "BELL": ("parts", 40)}
MARKETS = ("north", "south")
PEAK = 6  # June sells twice as much
PASSWORD = "seven-red-bicycles"
PEOPLE = {
    "cora": ("sop-office", "coordinator"),
    "dan": ("demand-planning", "planner"),
    "sally": ("sales", "contributor"),
    "mark": ("marketing", "contributor"),
    "fay": ("finance", "contributor"),
    "oscar": ("operations", "planner"),
    "eve": ("management", "executive"),
}


def demand(product: str, month: int) -> int:
    return PRODUCTS[product][1] * (2 if month == PEAK else 1)


def tables() -> dict[str, str]:
    """The company as the CSV files an ERP would write."""
    span = months.span(FIRST, months.distance(FIRST, LAST) + 1)
    actuals = [
        f"SO-{number},{product},{market},{month},ordered,{(units := demand(product, month.month))},{500 * units}"
        for number, (month, product, market) in enumerate(
            (month, product, market) for month in span for product in PRODUCTS for market in MARKETS
        )
    ]
    return {
        "families": "code,name,parent\nbikes,Bikes,\nparts,Parts,",
        "markets": "code,name,parent\nnorth,North,\nsouth,South,",
        "sites": "code,name\nmain,Main",
        "products": "code,name,family,uom,strategy,make_or_buy,lead_time_months,lot_multiple,safety_stock\n"
        + "\n".join(f"{code},{code.title()},{family},EA,MTS,make,0,1,20" for code, (family, _) in PRODUCTS.items()),
        "prices": "product,valid_from,price\n" + "\n".join(f"{code},2023-01-01,500" for code in PRODUCTS),
        "costs": "product,valid_from,unit_cost\n" + "\n".join(f"{code},2023-01-01,300" for code in PRODUCTS),
        "actuals": "external_id,product,market,date,kind,quantity,revenue\n" + "\n".join(actuals),
        "inventory": "product,site,month,on_hand\n" + "\n".join(f"{code},main,{LAST},30" for code in PRODUCTS),
        "resources": "code,name,site,regular_hours_per_month,overtime_hours_per_month,"
        "hourly_cost,overtime_hourly_cost\npaint,Paint,main,400,100,20,25",
        "routings": "product,resource,hours_per_unit,offset_months\nCITY,paint,1,0\nRACE,paint,1,0",
    }


def archive() -> dict[str, Any]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, text in tables().items():
            file.writestr(f"{name}.csv", text)
    return {"name": "company.zip", "mimeType": "application/zip", "buffer": buffer.getvalue()}


@pytest.fixture
def people(transactional_db: None) -> dict[str, User]:
    found = {name: make.make_user(name, *place) for name, place in PEOPLE.items()}
    for user in found.values():
        user.set_password(PASSWORD)
        user.save()
    return found


@pytest.fixture
def sign_in(new_page: Callable[..., Any], people: dict[str, User]) -> Callable[[str], Any]:
    """`sign_in("dan")` is Dan's own window, logged in through the form; the same one the next time."""
    windows: dict[str, Any] = {}

    def window(name: str) -> Any:
        if name not in windows:
            page = new_page()
            page.set_default_timeout(20_000)
            page.goto("/login/")
            page.fill("[name=username]", name)
            page.fill("[name=password]", PASSWORD)
            page.get_by_role("button", name="Log in").click()
            page.wait_for_selector("html[data-ready]")
            windows[name] = page
        return windows[name]

    return window


def visit(page: Any, path: str) -> None:
    page.goto(path)
    page.wait_for_selector("html[data-ready]")


def confirm(page: Any, opener: str, verb: str, note: str = "") -> None:
    """Open a dialog by its button, fill its one text if given, and press its verb."""
    page.get_by_role("button", name=opener).first.click()
    dialog = page.locator("dialog[open]")
    if note:
        dialog.locator("textarea").first.fill(note)
    dialog.get_by_role("button", name=verb, exact=True).click()
    page.wait_for_load_state()


def enter(page: Any, row: str, month: str, text: str) -> None:
    """Type into a cell of the planning grid, say why when asked, and wait until it is saved."""
    page.locator(f'.grid-canvas-right [data-key="{row}"] [data-month="{month}"]').click()
    with page.expect_response(re.compile(r"/edits/")) as saved:
        page.keyboard.type(text)
        page.keyboard.press("Enter")
    if saved.value.status == 422:
        page.get_by_label("Reason").fill("Agreed with sales")
        with page.expect_response(re.compile(r"/edits/")) as saved:
            page.get_by_role("button", name="Save the change").click()
    assert saved.value.status == 200, saved.value.text()


def sign_off(page: Any, stage: str) -> None:
    visit(page, f"/reviews/2026-06/{stage}/")
    confirm(page, "Sign off…", "Sign off")


def submit(page: Any, stage: str, department: str) -> None:
    visit(page, f"/reviews/2026-06/{stage}/")
    confirm(page, f"Submit for {department}…", "Submit")


def consensus(**where: object) -> np.ndarray:
    plan = SalesPlan.objects.get(frozen_at=None)
    return sum(SalesPlanLine.objects.filter(plan=plan, **where).values_list("consensus", flat=True))


def test_a_month_from_files_to_the_plan_of_record(
    sign_in: Callable[[str], Any], people: dict[str, User], worker: Any, server: str, wait_for: Callable[..., None]
) -> None:
    import_the_company(sign_in("cora"))
    open_the_cycle(sign_in("cora"))
    forecast_and_edit(sign_in("dan"))
    agree_demand(sign_in)
    plan_supply_and_see_the_overload(sign_in("oscar"))
    reconcile_and_approve(sign_in)
    read_the_plan_of_record(people)
    post_the_month_and_open_the_next_cycle(people, sign_in("cora"))


def import_the_company(page: Any) -> None:
    visit(page, "/data/")
    page.set_input_files("input[type=file]", archive())
    page.get_by_role("button", name="Show what they change").click()
    page.get_by_text("Nothing is written yet.").wait_for()
    assert not Posting.objects.exists()
    page.get_by_role("button", name=re.compile("Import .* good rows")).click()

    page.get_by_text("rows were taken").wait_for()
    assert Posting.objects.count() == 36 * len(PRODUCTS) * len(MARKETS)
    total = sum(History.objects.filter(series__isnull=False).values_list("ordered", flat=True))
    assert total.tolist() == [2 * sum(demand(code, m.month) for code in PRODUCTS) for m in months.span(FIRST, 36)]


def open_the_cycle(page: Any) -> None:
    visit(page, "/reviews/")
    page.get_by_role("button", name="Open June 2026…").click()
    page.get_by_role("button", name="Open cycle", exact=True).click()
    page.wait_for_load_state()
    assert Cycle.objects.get().code == "2026-06"


def forecast_and_edit(page: Any) -> None:
    visit(page, "/demand/")
    page.get_by_role("button", name="Run the forecast").click()
    page.get_by_role("button", name="Make the sales plan").click(timeout=60_000)
    page.wait_for_selector("html[data-ready]")
    june = consensus(series__isnull=False)[0]
    assert june == pytest.approx(800, rel=0.05), "the forecast knows that June sells twice as much"
    page.get_by_role("treegrid").wait_for()
    height = page.evaluate("document.documentElement.scrollHeight")
    assert height == page.viewport_size["height"], "the sheet scrolls, the page does not"
    enter(page, "family:bikes", "2026-07", "400")
    assert consensus(series__product__family__code="bikes")[1] == pytest.approx(400)
    before = consensus(series__isnull=False)[2]
    enter(page, "total", "2026-08", "+10%")
    assert consensus(series__isnull=False)[2] == pytest.approx(1.1 * before)
    page.locator('[data-key="family:bikes"] [data-fold]').click()
    enter(page, "product:CITY", "2026-09", "250")
    assert consensus(series__product__code="CITY")[3] == pytest.approx(250)
    totals, leaves = consensus(family__isnull=False), consensus(series__isnull=False)
    np.testing.assert_allclose(totals, leaves)
    page.get_by_text("How Sep 26 came about").wait_for()


def agree_demand(sign_in: Callable[[str], Any]) -> None:
    for name, department in (("fay", "Finance"), ("oscar", "Operations"), ("dan", "Demand planning")):
        submit(sign_in(name), "data-gathering", department)
    sign_off(sign_in("cora"), "data-gathering")
    for name, department in (("sally", "Sales"), ("mark", "Marketing"), ("fay", "Finance")):
        submit(sign_in(name), "demand-review", department)
    visit(sign_in("sally"), "/reviews/2026-06/demand-review/")
    assert sign_in("sally").get_by_role("button", name="Sign off…").count() == 0, "sales does not sign for planning"
    sign_off(sign_in("dan"), "demand-review")
    visit(sign_in("dan"), "/demand/")
    sign_in("dan").get_by_text("Signed off, locked").wait_for()


def plan_supply_and_see_the_overload(page: Any) -> None:
    visit(page, "/supply/")
    page.get_by_label("Strategy").select_option("optimal")
    page.get_by_role("button", name="Plan supply").click()
    page.get_by_text("Load, % of regular hours").wait_for(timeout=60_000)
    plan = ProductionPlan.objects.get(current=True)
    load = ResourceLoad.objects.get(plan=plan)
    assert (load.load <= load.regular + load.overtime_limit + 1e-6).all(), "no plan beyond overtime"
    assert load.load[0] > load.regular[0], "June needs overtime"
    assert page.locator(".b4").count() >= 1
    for line in ProductionLine.objects.filter(plan=plan):
        assert_balance(line)


def assert_balance(line: ProductionLine) -> None:
    """Opening + arrivals + subcontract + receipts − demand − used + lost = closing − backlog, every month."""
    net = line.inventory - line.backorder
    before = np.concatenate([[line.opening], net[:-1]])
    moved = line.arrivals + line.subcontract + line.receipts - line.demand - line.dependent + line.lost
    np.testing.assert_allclose(before + moved, net, atol=1e-6)


def reconcile_and_approve(sign_in: Callable[[str], Any]) -> None:
    page = sign_in("oscar")
    visit(page, "/reviews/2026-06/supply-review/")
    confirm_sign_off_whatever_is_red(page)
    for name, department in (("dan", "Demand planning"), ("oscar", "Operations"), ("fay", "Finance")):
        submit(sign_in(name), "pre-sop", department)
    page = sign_in("cora")
    visit(page, "/reviews/2026-06/pre-sop/")
    decide_and_follow_up(page)
    confirm_sign_off_whatever_is_red(page)
    visit(sign_in("eve"), "/reviews/2026-06/executive/")
    confirm(sign_in("eve"), "Approve plan…", "Approve plan")
    assert Cycle.objects.get().state == "published"


def confirm_sign_off_whatever_is_red(page: Any) -> None:
    page.get_by_role("button", name="Sign off…").click()
    dialog = page.locator("dialog[open]")
    if dialog.locator("[name=despite]").count():
        dialog.locator("[name=despite]").fill("Overtime is agreed with the works council")
    dialog.get_by_role("button", name="Sign off", exact=True).click()
    page.wait_for_load_state()


def decide_and_follow_up(page: Any) -> None:
    page.get_by_role("button", name="Put to decision…").click()
    dialog = page.locator("dialog[open]")
    dialog.locator("[name=issue]").fill("How does the paint shop get through June?")
    dialog.locator("[name=options]").fill("Overtime\nBuild ahead")
    dialog.locator("[name=recommendation]").fill("Overtime")
    dialog.locator("[name=owner]").select_option(label="Oscar")
    dialog.locator("[name=due]").fill("2099-12-31")
    dialog.locator("button.pri").click()
    page.wait_for_load_state()
    page.get_by_role("button", name="Add action…").click()
    dialog = page.locator("dialog[open]")
    dialog.locator("[name=text]").fill("Agree overtime with the works council")
    dialog.locator("[name=owner]").select_option(label="Oscar")
    dialog.locator("[name=due]").fill("2099-12-31")
    dialog.locator("button.pri").click()
    page.wait_for_load_state()
    visit(page, "/actions/")
    page.get_by_text("Agree overtime with the works council").first.wait_for()
    visit(page, "/reviews/2026-06/pre-sop/")


def read_the_plan_of_record(people: dict[str, User]) -> None:
    erp = make.make_user("erp", "it", "integration")
    _, secret = tokens.create(user=erp, name="ERP", days=1, by=None)
    api = Client(headers={"Authorization": f"Bearer {secret}"})
    assert api.get("/api/v1/published-plans/2026-07/").status_code == 404
    plan = api.get("/api/v1/published-plans/2026-06/").json()
    july = sum(line["units"][1] for line in plan["sales"] if line["product"] in ("CITY", "RACE"))
    assert july == pytest.approx(400)
    assert {line["product"] for line in plan["production"]} == set(PRODUCTS)


def post_the_month_and_open_the_next_cycle(people: dict[str, User], page: Any) -> None:
    erp = User.objects.get(username="erp")
    _, secret = tokens.create(user=erp, name="ERP again", days=1, by=None)
    api = Client(headers={"Authorization": f"Bearer {secret}"})
    records = [
        {
            "external_id": f"JUNE-{product}-{market}",
            "product": product,
            "market": market,
            "date": "2026-06-15",
            "kind": "ordered",
            "quantity": 111,
            "revenue": 55_500,
        }
        for product in PRODUCTS
        for market in MARKETS
    ]
    body = {"source": "erp", "records": [*records, {**records[0], "external_id": "X", "product": "BOAT"}]}
    answer = api.post("/api/v1/actuals/", body, content_type="application/json").json()
    assert (answer["accepted"], len(answer["rejected"])) == (6, 1)
    assert "BOAT" in str(answer["rejected"][0]["errors"]["product"])
    again = api.post("/api/v1/actuals/", body, content_type="application/json").json()
    assert (again["accepted"], again["unchanged"]) == (0, 6)
    visit(page, "/reviews/")
    page.get_by_role("button", name="Open July 2026…").click()
    page.get_by_role("button", name="Open cycle", exact=True).click()
    page.wait_for_load_state()
    assert sorted(cycle.code for cycle in Cycle.objects.all()) == ["2026-06", "2026-07"]
    last = sum(History.objects.filter(series__isnull=False).values_list("ordered", flat=True))[-1]
    assert last == 6 * 111
