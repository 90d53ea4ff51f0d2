"""The Supply page: who sees what, what it says, and how many queries it takes."""

from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from planning.models import ProductionPlan, Resource, SalesPlan
from sop.models import Run
from tests import factories as make
from tests.planning.supply_company import SupplyCompany

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def company() -> SupplyCompany:
    company = SupplyCompany()
    company.sell()
    return company


@pytest.fixture
def planner(company: SupplyCompany, client: Client) -> Client:
    client.force_login(company.planner)
    return client


def rows(client: Client, plan: ProductionPlan, **query: str) -> dict[str, Any]:
    response = client.get(reverse("planning:supply-rows", args=[plan.pk]), query)
    assert response.status_code == 200, response.content
    return response.json()


def row(client: Client, plan: ProductionPlan, key: str) -> dict[str, Any]:
    return rows(client, plan, keys=key)["rows"][0]


# --- What it says -----------------------------------------------------------------------------------------------------


def test_it_works(planner: Client, company: SupplyCompany) -> None:
    company.supply()
    page = planner.get(reverse("planning:supply"))
    assert page.status_code == 200
    for words in (
        "Assembly",
        "Welding",
        "fits capacity",
        "Plan again",
        "What hurts most",
        "2 bought parts are assumed",
    ):
        assert words in page.content.decode()


def test_it_says_what_the_plan_meets_when_demand_errs(planner: Client, company: SupplyCompany) -> None:
    company.supply()
    page = planner.get(reverse("planning:supply")).content.decode()
    assert "When demand errs as the forecast has" in page
    assert "Stock value by month" in page
    planner.force_login(make.make_user("noel", "operations", money=False))
    page = planner.get(reverse("planning:supply")).content.decode()
    assert "When demand errs as the forecast has" in page
    assert "Stock value by month" not in page


def test_a_plan_of_older_demand_is_brought_up_to_date(planner: Client, company: SupplyCompany) -> None:
    company.supply()
    assert "Bring it up to date" not in planner.get(reverse("planning:supply")).content.decode()
    SalesPlan.objects.update(version=99)
    assert "Bring it up to date" in planner.get(reverse("planning:supply")).content.decode()


def test_without_a_plan_it_says_what_to_do(planner: Client) -> None:
    assert "The sales plan is ready to be planned" in planner.get(reverse("planning:supply")).content.decode()


def test_without_a_sales_plan_it_says_what_to_do(planner: Client) -> None:
    SalesPlan.objects.all().delete()
    assert "plan_demand" in planner.get(reverse("planning:supply")).content.decode()


def test_a_stale_plan_says_so(planner: Client, company: SupplyCompany) -> None:
    company.supply()
    SalesPlan.objects.update(version=14)
    page = planner.get(reverse("planning:supply")).content.decode()
    assert "demand is now version 14" in page


def test_an_overload_is_marked_by_shape_and_words(planner: Client, company: SupplyCompany) -> None:
    Resource.objects.filter(pk=company.assembly.pk).update(regular_hours_per_month=90)
    company.supply("chase")
    page = planner.get(reverse("planning:supply")).content.decode()
    assert "▲" in page
    assert "Assembly, Jul 26: 111 %, overload" in page


def test_a_job_under_way_shows_its_progress(planner: Client, company: SupplyCompany) -> None:
    planner.post(reverse("planning:plan-supply"), {"strategy": "level"})
    page = planner.get(reverse("planning:supply")).content.decode()
    run = Run.objects.get(kind="supply")
    assert run.parameters == {"strategy": "level"}
    assert f'<job-progress run="{run.pk}"' in page


def test_choosing_a_strategy(planner: Client, company: SupplyCompany) -> None:
    level, _ = company.supply("level"), company.supply()
    planner.post(reverse("planning:use-plan", args=[level.pk]))
    assert ProductionPlan.objects.get(current=True) == level


# --- The grid ---------------------------------------------------------------------------------------------------------


def test_families_open_into_measures_and_products(planner: Client, company: SupplyCompany) -> None:
    plan = company.supply()
    top = rows(planner, plan)
    assert [each["key"] for each in top["rows"]] == ["family:bikes", "family:spares", "parts"]
    inside = rows(planner, plan, parent="family:bikes")
    assert [each["label"] for each in inside["rows"]] == [
        *("Opening", "+ Production", "− Demand", "= Closing", "Target", "Cover, months", "Bike")
    ]
    assert inside["total"] == top["rows"][0]["children"]
    assert [each["label"] for each in inside["rows"] if each.get("strong")] == ["= Closing"]


def test_every_month_opens_where_the_one_before_closed(planner: Client, company: SupplyCompany) -> None:
    plan = company.supply("chase")
    value = {
        name: row(planner, plan, f"product:bike/measure:{name}")["values"]
        for name in ("opening", "production", "demand")
    }
    closing = row(planner, plan, "product:bike")["values"]
    months = [at for at, column in enumerate(rows(planner, plan)["columns"]) if column["kind"] in ("now", "plan")]
    for at in months:
        assert value["opening"][at] + value["production"][at] - value["demand"][at] == pytest.approx(closing[at])
    for before, after in pairwise(months):
        assert value["opening"][after] == closing[before]


def test_a_shortage_is_negative_and_flagged(planner: Client, company: SupplyCompany) -> None:
    pedal = row(planner, company.supply(), "product:pedal")
    assert pedal["values"][0] == -55
    assert pedal["flags"]["2026-06"] == "sh"


def test_stock_below_its_target_is_flagged(planner: Client, company: SupplyCompany) -> None:
    Resource.objects.filter(pk=company.assembly.pk).update(regular_hours_per_month=100, overtime_hours_per_month=0)
    type(company.bike).objects.filter(pk=company.bike.pk).update(safety_stock=41)
    assert row(planner, company.supply(), "product:bike")["flags"]["2026-06"] == "lo"


def test_flows_add_up_over_a_quarter_and_stocks_do_not(planner: Client, company: SupplyCompany) -> None:
    plan = company.supply("chase")
    columns = [column["id"] for column in rows(planner, plan)["columns"]]
    third = columns.index("2026-Q3")
    assert row(planner, plan, "product:bike/measure:demand")["values"][third] == 300
    assert row(planner, plan, "product:bike")["values"][third] == 0


def test_pages_of_rows(planner: Client, company: SupplyCompany) -> None:
    plan = company.supply()
    page = rows(planner, plan, parent="family:bikes", offset="5", limit="1")
    assert page["total"] == 7
    assert [each["label"] for each in page["rows"]] == ["Cover, months"]


def test_the_number_of_queries_does_not_grow(
    planner: Client, company: SupplyCompany, django_assert_max_num_queries: Any
) -> None:
    plan = company.supply()
    with django_assert_max_num_queries(11):
        rows(planner, plan, parent="family:spares")
    with django_assert_max_num_queries(32):
        planner.get(reverse("planning:supply"))


def test_a_link_opens_the_way_to_its_row(planner: Client, company: SupplyCompany) -> None:
    company.supply()
    page = planner.get(reverse("planning:supply"), {"row": "product:bike", "month": "2026-08"}).content.decode()
    assert 'start-path="[[&quot;family:bikes&quot;, 0], [&quot;product:bike&quot;, 6]]" start-month="2026-08"' in page
    page = planner.get(reverse("planning:supply")).content.decode()
    assert "family:bikes/measure:production" in page


def test_a_page_shows_one_family_and_so_many_months(planner: Client, company: SupplyCompany) -> None:
    plan = company.supply()
    page = rows(planner, plan, family="bikes", ahead="4")
    assert [each["key"] for each in page["rows"]] == ["family:bikes"]
    assert [column["id"] for column in page["columns"]] == ["2026-06", "2026-07", "2026-08", "2026-09", "2026-Q3"]
    refused = planner.get(reverse("planning:supply-rows", args=[plan.pk]), {"family": "bikes", "keys": "product:pedal"})
    assert refused.status_code == 404
    assert planner.get(reverse("planning:supply-rows", args=[plan.pk]), {"family": "boats"}).status_code == 404


def test_the_grid_in_hours_and_in_money(planner: Client, company: SupplyCompany) -> None:
    plan = company.supply("chase")
    key = "product:frame/measure:production"
    made = rows(planner, plan, keys=key)["rows"][0]["values"][1]
    assert rows(planner, plan, keys=key, unit="hours")["rows"][0]["values"][1] == 2 * made
    money = rows(planner, plan, keys=key, unit="cost")["rows"][0]
    assert (money["values"][1], money["editable"]) == (20 * made, False)
    assert planner.get(reverse("planning:supply-rows", args=[plan.pk]), {"unit": "litres"}).status_code == 400


def test_the_rough_cut_on_the_page(planner: Client, company: SupplyCompany) -> None:
    company.supply("chase")
    page = planner.get(reverse("planning:supply"), {"load": "bill", "against": "rated"}).content.decode()
    assert "Rough cut: every product" in page
    assert planner.get(reverse("planning:supply"), {"load": "guess"}).status_code == 400


# --- A row ------------------------------------------------------------------------------------------------------------


def test_a_short_row_says_why(planner: Client, company: SupplyCompany) -> None:
    plan = company.supply()
    panel = planner.get(reverse("planning:supply-row", args=[plan.pk]), {"row": "product:pedal"}).content.decode()
    assert "Why Pedal is short" in panel
    assert "takes 1 month; what is begun now is ready in Jul 26" in panel


def test_a_row_that_lacks_nothing_says_so(planner: Client, company: SupplyCompany) -> None:
    plan = company.supply()
    query = {"row": "family:bikes", "month": "2026-08"}
    panel = planner.get(reverse("planning:supply-row", args=[plan.pk]), query).content.decode()
    assert "No customer waits and the stock keeps its target up to Aug 26" in panel


def test_the_stock_of_a_row_with_its_target_band(planner: Client, company: SupplyCompany) -> None:
    plan = company.supply("chase")
    data = planner.get(reverse("planning:stock-chart", args=[plan.pk]), {"row": "product:bike"}).json()
    assert data["title"] == "Projected stock of Bike"
    assert [each["name"] for each in data["series"]] == ["Closing"]
    assert data["interval"] == {"name": "Target band", "lower": [0] * 6, "upper": [100] * 6}


# --- A cell of the heat map -------------------------------------------------------------------------------------------


def cell(client: Client, plan: ProductionPlan, **query: str) -> Any:
    return client.get(reverse("planning:load-cell", args=[plan.pk]), query)


def test_a_cell_says_what_loads_it(planner: Client, company: SupplyCompany) -> None:
    plan = company.supply("chase")
    answer = cell(planner, plan, resource="welding", month="2026-07").content.decode()
    assert "240 h</b> needed" in answer
    assert "Spares" in answer


def test_a_cell_outside_the_plan_is_not_found(planner: Client, company: SupplyCompany) -> None:
    plan = company.supply()
    assert cell(planner, plan, resource="welding", month="2031-07").status_code == 404
    assert cell(planner, plan, resource="none", month="2026-07").status_code == 404


def test_the_chart_of_a_resource(planner: Client, company: SupplyCompany) -> None:
    plan = company.supply("chase")
    data = planner.get(reverse("planning:load-chart", args=[plan.pk]), {"resource": "assembly"}).json()
    assert data["load"] == [60, 100, 100, 100, 100, 100]
    assert data["regular"] == [120] * 6
    assert data["labels"][0] == "Jun 26"


# --- Who may ----------------------------------------------------------------------------------------------------------


def test_a_colleague_sees_it_and_may_not_plan(client: Client, company: SupplyCompany) -> None:
    plan = company.supply()
    client.force_login(make.make_user("carl", "sales"))
    page = client.get(reverse("planning:supply"))
    assert page.status_code == 200
    assert "Plan again" not in page.content.decode()
    for name, arguments in (("plan-supply", []), ("check-capacity", []), ("use-plan", [plan.pk])):
        assert client.post(reverse(f"planning:{name}", args=arguments)).status_code == 403
    assert Run.objects.filter(kind="supply").count() == 1


def test_an_outsider_sees_nothing(client: Client, company: SupplyCompany) -> None:
    plan = company.supply()
    client.force_login(make.make_outsider())
    for name, arguments in (("supply", []), ("supply-rows", [plan.pk]), ("load-cell", [plan.pk])):
        assert client.get(reverse(f"planning:{name}", args=arguments)).status_code == 403


def test_nobody_is_asked_to_log_in(client: Client, company: SupplyCompany) -> None:
    assert client.get(reverse("planning:supply")).status_code == 302


def test_rows_outside_the_scope_are_not_there(client: Client, company: SupplyCompany) -> None:
    plan = company.supply()
    client.force_login(make.make_user("bea", "sales", families=[company.bikes]))
    assert [each["key"] for each in rows(client, plan)["rows"]] == ["family:bikes"]
    for name, query in (("supply-rows", {"keys": "product:pedal"}), ("supply-row", {"row": "product:pedal"})):
        assert client.get(reverse(f"planning:{name}", args=[plan.pk]), query).status_code == 404
    assert client.get(reverse("planning:stock-chart", args=[plan.pk]), {"row": "product:pedal"}).status_code == 404
    page = client.get(reverse("planning:supply")).content.decode()
    assert "Pedal" not in page
    assert "Mean stock" not in page
    answer = cell(client, plan, resource="welding", month="2026-07").content.decode()
    assert "Other families" in answer
    assert "Spares" not in answer
    assert "Frame" not in answer


def test_money_only_for_those_who_may_see_it(client: Client, company: SupplyCompany) -> None:
    plan = company.supply()
    client.force_login(make.make_user("nora", "sales", money=False))
    assert "€" not in client.get(reverse("planning:supply")).content.decode()
    assert "€" not in cell(client, plan, resource="welding", month="2026-06").content.decode()
    for name in ("supply", "supply-rows"):
        arguments = [] if name == "supply" else [plan.pk]
        assert client.get(reverse(f"planning:{name}", args=arguments), {"unit": "cost"}).status_code == 403
