"""Compare mode and the panel that decides a row, through the pages."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from planning.models import Assumption, ConsensusDecision, ConsensusRule, Input, SalesPlanLine
from planning.queries import compare
from planning.queries.rows import Filters
from sop.models import User
from sop.permissions import EVERYTHING, Scope
from tests import factories as make
from tests.planning.voices_company import FIRST, Company, found_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    found = found_company()
    found.say("sales", "B1/north", 150, 150, 150)
    found.say("finance", "B1/north", 90, 90, 90)
    found.say("sales", "H1/north", 110)
    found.say("sales", "H1/south", 105)
    return found


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: User, query: str = "") -> str:
    return signed_in(user).get(f"{reverse('planning:demand')}?mode=compare{query}").content.decode()


def panel(user: User, company: Company, row: str) -> str:
    url = reverse("planning:demand-decide", args=[company.plan.pk])
    return signed_in(user).get(url, {"row": row}).content.decode()


def test_rows_stand_by_money_with_each_voices_record_under_its_number(company: Company) -> None:
    html = page(make.make_demand_planner())
    assert html.index("Product B1") < html.index("Product H1")
    assert "€\u2009\u20601\u2009\u2060800" in html
    assert "lag 2, 7 months" in html
    assert "2 rows, <b>0 decided</b>, 2 open" in html


def test_the_words_behind_a_number_stand_with_it(company: Company) -> None:
    sally = make.make_user("sally")
    fair = Assumption.objects.create(name="Fair", first_month=FIRST, last_month=FIRST, effect=0.1)
    said = Input.objects.filter(plan=company.plan, stream=company.streams["sales"], series=company.series["B1/north"])
    said.update(reason="A chain takes 150", assumption=fair, author=sally)
    spoken = Input.objects.filter(plan=company.plan, stream=company.streams["finance"])
    spoken.update(reason="Nobody buys in spring")
    planner = make.make_demand_planner()
    html = page(planner)
    assert "Sales: “A chain takes 150”" in html, "the voice farthest from the baseline"
    told = panel(planner, company, "product:B1")
    assert "Sally: “A chain takes 150”" in told
    assert fair.code in told
    assert "Nobody buys in spring" in told
    assert "A chain" not in panel(planner, company, "product:H1")


def test_each_voice_says_the_error_to_expect_and_each_month_what_a_unit_is_worth(company: Company) -> None:
    [row, _] = compare.compared(company.plan, Filters(EVERYTHING), compare.Question()).rows
    voices = {voice.key: voice for voice in row.voices}
    assert voices["sales"].off == pytest.approx(voices["sales"].units * 0.2)
    assert voices["marketing"].off is None, "said nothing"
    assert {rate for *_, rate in row.fields} == {10.0}
    assert row.blend_error is not None
    assert row.blend_error < 0.2
    blind = compare.compared(company.plan, Filters(Scope(None, None, False)), compare.Question()).rows[0]
    assert {rate for *_, rate in blind.fields} == {0.0}


def test_the_panel_explains_the_weights_in_words(company: Company) -> None:
    html = panel(make.make_demand_planner(), company, "product:H1")
    assert "error 20\u2009\u2060% over 7 months, 20\u2009\u2060% over" in html
    assert "drawn 30\u2009\u2060% of the way to equal" in html
    assert 'value="stream:sales"' in html
    assert 'value="stream:finance"' not in html


def test_a_row_that_nobody_speaks_of_says_so(company: Company) -> None:
    planner = make.make_demand_planner()
    assert "Departments agree here" in panel(planner, company, "product:B2")
    assert "Departments agree here" in panel(planner, company, "total")


def test_the_planner_decides_a_number_and_takes_it_back(company: Company) -> None:
    client = signed_in(make.make_demand_planner())
    url = reverse("planning:demand-decide", args=[company.plan.pk])
    sent = {"row": "product:H1", "method": "number", "number-2013-02": "1 300"}
    refused = client.post(url, sent)
    assert "needs a reason" in refused.content.decode()
    answer = client.post(url, sent | {"reason": "A tender won"})
    assert answer["HX-Trigger"] == "ek:plan-changed"
    assert planned(company) == 1300
    decision = ConsensusDecision.objects.get()
    client.post(reverse("planning:undo-decision", args=[company.plan.pk]), {"change_set": str(decision.change_set)})
    assert planned(company) == 200


def planned(company: Company) -> float:
    lines = SalesPlanLine.objects.filter(plan=company.plan, series__product__code="H1")
    return float(sum(line.consensus[0] for line in lines))


def test_rules_are_previewed_with_count_and_money_and_then_applied(company: Company) -> None:
    client = signed_in(make.make_demand_planner())
    url = reverse("planning:accept-by-rule", args=[company.plan.pk])
    html = client.get(url, {"under": "1000"}).content.decode()
    assert "1 row, €\u2009\u2060150 between" in html
    client.post(url, {"under": "1000"})
    assert ConsensusDecision.objects.get().row == "product:H1"
    assert "No open row" in client.get(url, {"under": "1000"}).content.decode()


def test_a_rule_is_kept_for_a_family(company: Company) -> None:
    client = signed_in(make.make_demand_planner())
    url = reverse("planning:set-rule", args=[company.plan.pk])
    client.post(url, {"family": "gear", "method": "stream:sales"})
    assert ConsensusRule.objects.get().stream == company.streams["sales"]
    client.post(url, {"family": "gear", "method": ""})
    assert not ConsensusRule.objects.exists()


def test_who_sees_no_money_sees_none(company: Company) -> None:
    poor = make.make_user("paul", "demand-planning", "planner", money=False)
    assert "€" not in page(poor)
    assert "180 units apart" not in page(poor)
    assert "195 units apart" in page(poor)
    assert "€" not in panel(poor, company, "product:H1")


def test_a_colleague_sees_their_families_only(company: Company) -> None:
    gear = make.make_user("gerd", "demand-planning", "planner", families=[make.make_family("gear")])
    html = page(gear)
    assert "Product H1" in html
    assert "Product B1" not in html
    assert (
        signed_in(gear)
        .get(reverse("planning:demand-decide", args=[company.plan.pk]), {"row": "product:B1"})
        .content.decode()
        .count("Departments agree here")
    )


def test_a_contributor_compares_but_does_not_decide(company: Company) -> None:
    sam = make.make_user("sam")
    html = page(sam)
    assert "Product B1" in html
    assert "Accept by rule" not in html
    assert "Accept</button>" not in panel(sam, company, "product:H1")
    for name in ("demand-decide", "accept-by-rule", "set-rule"):
        sent = {"row": "product:H1", "method": "blend"}
        assert signed_in(sam).post(reverse(f"planning:{name}", args=[company.plan.pk]), sent).status_code == 403
    assert not ConsensusDecision.objects.exists()


def test_an_outsider_sees_nothing(company: Company) -> None:
    client = signed_in(make.make_outsider())
    for name in ("demand-compare", "demand-decide", "accept-by-rule"):
        assert client.get(reverse(f"planning:{name}", args=[company.plan.pk])).status_code == 403


@pytest.mark.browser
def test_the_planner_walks_the_rows_by_keyboard_and_takes_the_blend(
    new_page: Callable[..., Any], axe: Callable[[Any], list[str]], transactional_db: None
) -> None:
    from playwright.sync_api import expect

    company = found_company()
    company.say("sales", "B1/north", 150, 150, 150)
    company.say("finance", "B1/north", 90, 90, 90)
    company.say("sales", "H1/north", 110)
    company.say("sales", "H1/south", 105)
    window = new_page(make.make_demand_planner())
    window.goto(f"{reverse('planning:demand')}?mode=compare")
    expect(window.locator("#decide .cm-records")).to_be_visible()
    expect(window.locator("fan-chart svg").first).to_be_visible()
    assert [found for found in axe(window) if "ek-search" not in found] == []
    window.keyboard.press("j")
    expect(window.locator("tr.sel")).to_contain_text("Product H1")
    expect(window.locator("#decide")).to_contain_text("215")
    window.keyboard.press("b")
    expect(window.locator(".cm-decided")).to_contain_text("Product H1")
    expect(window.locator(".cm-head").first).to_contain_text("1 decided")
    window.get_by_role("button", name="Undo the decision on Product H1").click()
    expect(window.locator(".cm-head").first).to_contain_text("0 decided")
    assert company.plan.start == FIRST


@pytest.mark.browser
def test_a_number_says_what_it_moves_while_it_is_typed(new_page: Callable[..., Any], transactional_db: None) -> None:
    from playwright.sync_api import expect

    company = found_company()
    company.say("sales", "B1/north", 150, 150, 150)
    window = new_page(make.make_demand_planner())
    window.goto(f"{reverse('planning:demand')}?mode=compare")
    window.get_by_text("A number", exact=True).click()
    window.get_by_label("Feb 13").fill("200")
    window.get_by_label("Mar 13").fill("100")
    window.get_by_label("Apr 13").fill("100")
    expect(window.locator("[data-sum]")).to_have_text("400")
    expect(window.locator("[data-effect]")).to_contain_text("+100 units (+€ 1\u2009000) against the baseline")
    assert not ConsensusDecision.objects.exists()
