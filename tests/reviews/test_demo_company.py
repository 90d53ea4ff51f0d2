"""Halden, the demo company: the same from the same seed, and rich enough to be worth looking at."""

import datetime as dt
import io
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from planning.models import Assumption, Budget, Input, ProductChange, ProductionPlan
from reviews.demo import people, seed
from reviews.demo.catalogue import FAMILIES, MARKETS, RESOURCES, SITES
from reviews.demo.company import HISTORY_MONTHS, Company, company
from reviews.demo.demand import Sales, expected, sales
from reviews.demo.money import budget
from reviews.demo.plot import CHAPTERS
from reviews.demo.supply import explode, hours, load_ahead, on_order, regular_hours, shutdown, stock
from reviews.models import ActionItem, Approval, Decision, Snapshot, Stage, Submission
from sop import months
from sop.models import Change, Cycle, Family, Posting, Product, RejectedPosting, User

TODAY = dt.date(2026, 11, 22)
LOGINS = ["coordinator", "demand", "sales", "marketing", "operations", "finance", "executive", "viewer", "admin"]


@pytest.fixture(scope="module")
def halden() -> Company:
    return company(TODAY)


@pytest.fixture(scope="module")
def sold(halden: Company) -> Sales:
    return sales(halden)


def rows_of(halden: Company, family: str) -> list[int]:
    return [row for row, item in enumerate(halden.sold) if item.family and item.family.code == family]


# --- The same company every time --------------------------------------------------------------------------------------


def test_the_same_seed_sells_the_same_units(halden: Company, sold: Sales) -> None:
    again = sales(company(TODAY))
    assert np.array_equal(sold.ordered, again.ordered)
    assert np.array_equal(sold.shipped, again.shipped)
    assert np.array_equal(sold.returned, again.returned)


def test_another_seed_sells_other_units(halden: Company, sold: Sales) -> None:
    assert not np.array_equal(sold.ordered, sales(halden, seed=1).ordered)


def test_any_day_of_a_month_makes_the_same_company() -> None:
    assert company(dt.date(2026, 11, 1)) == company(TODAY)


# --- Its shape --------------------------------------------------------------------------------------------------------


def test_it_has_families_products_markets_and_sites(halden: Company, sold: Sales) -> None:
    assert len(FAMILIES) == 12
    assert 115 <= len(halden.items) <= 130
    assert len(halden.items) - len(halden.sold) >= 10
    assert len(MARKETS) == 8
    assert {item.site for item in halden.items} == set(SITES)
    assert 700 <= (sold.share > 0).sum() <= 8 * len(halden.sold)
    assert sold.ordered.shape == (len(halden.sold), 8, HISTORY_MONTHS)


def test_codes_and_names_are_unique(halden: Company) -> None:
    assert max(Counter(item.code for item in halden.items).values()) == 1
    assert max(Counter(item.name for item in halden.items).values()) == 1


def test_every_price_covers_the_cost_of_its_parts(halden: Company) -> None:
    cost = {item.code: item.cost for item in halden.items}
    for item in halden.items:
        assert item.cost > sum(cost[part] * quantity for part, quantity in item.parts.items())
        assert not item.sold or item.price * min(market.price for market in MARKETS) > item.cost


def test_products_come_go_and_follow_each_other(halden: Company) -> None:
    lives = [item.life for item in halden.sold]
    assert sum(life.launch is not None and life.launch < 0 for life in lives) >= 5
    assert sum(life.last is not None and life.last < 0 for life in lives) >= 3
    assert sum(life.launch is not None and life.launch > 0 for life in lives) >= 3
    assert sum(bool(life.predecessor) for life in lives) >= 4
    codes = {item.code for item in halden.sold}
    assert {life.predecessor for life in lives} | {life.like for life in lives} <= codes | {""}


def test_nothing_is_sold_outside_a_products_life(halden: Company, sold: Sales) -> None:
    for row, item in enumerate(halden.sold):
        if item.life.launch is not None and item.life.launch < 0:
            assert not sold.ordered[row, :, : item.life.launch].any()
            assert sold.ordered[row, :, item.life.launch :].any()
        if item.life.last is not None and item.life.last < -1:
            assert not sold.ordered[row, :, item.life.last + 1 :].any()


def test_a_seventh_of_the_products_sells_now_and_then(halden: Company, sold: Sales) -> None:
    sporadic = [row for row, item in enumerate(halden.sold) if item.sporadic]
    assert 0.1 < len(sporadic) / len(halden.sold) < 0.25
    listed = sold.ordered[sporadic][sold.share[sporadic] > 0]
    assert 0.4 < (listed == 0).mean() < 0.9


def test_bicycles_have_a_spring_and_e_bikes_grow(halden: Company, sold: Sales) -> None:
    span = months.span(halden.start, HISTORY_MONTHS)
    bikes = sold.ordered[rows_of(halden, "MOUNTAIN")].sum(axis=(0, 1))
    may, january = (np.mean([bikes[i] for i, m in enumerate(span) if m.month == number]) for number in (5, 1))
    assert may > 2 * january
    ebikes = sold.ordered[rows_of(halden, "EBIKES")].sum(axis=(0, 1))
    assert ebikes[-12:].sum() > 1.2 * ebikes[:12].sum()


def test_one_level_breaks_and_one_order_is_odd(halden: Company, sold: Sales) -> None:
    tents, chain = rows_of(halden, "TENTS"), [market.code for market in MARKETS].index("CEN-CHN")
    after, before = (sold.ordered[tents, chain, part].sum() for part in (slice(-12, None), slice(-36, -24)))
    assert after > 1.4 * before
    helmets = [item.code for item in halden.sold].index("HL-03")
    dealer = sold.ordered[helmets, 0]
    assert dealer.max() > 4 * np.median(dealer)


def test_returns_never_exceed_a_months_orders(sold: Sales) -> None:
    assert sold.returned.any()
    assert (sold.returned <= sold.ordered).all()


def test_everything_ordered_is_shipped_but_for_the_last_months_backlog(sold: Sales) -> None:
    assert (sold.shipped >= 0).all()
    assert not np.array_equal(sold.shipped, sold.ordered)
    assert sold.shipped.sum() == sold.ordered.sum()


# --- What it can make -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("month", range(1, 13))
def test_work_centres_are_loaded_but_not_in_spring(month: int) -> None:
    halden = company(dt.date(2026, month, 9))
    share = sales(halden).share
    ahead = months.span(halden.first, 12)
    usual = regular_hours(halden, share)
    regular = np.array([[usual[row] * shutdown(r, m) for m in ahead] for row, r in enumerate(RESOURCES)])
    load = load_ahead(halden, share) / regular
    whole_year = (load * regular).sum(axis=1) / regular.sum(axis=1)
    assert 0.74 <= whole_year.mean() <= 0.81
    peak = {resource.code: load[row].max() for row, resource in enumerate(RESOURCES)}
    limit = {resource.code: 1 + resource.overtime for resource in RESOURCES}
    assert peak["HAL-PNT"] > limit["HAL-PNT"]
    assert peak["BRN-AS3"] > 1.1
    assert sum(value > 1 for value in peak.values()) >= 5
    assert sum(peak[code] > limit[code] for code in peak) >= 2


def test_parts_carry_the_hours_of_the_products_they_go_into(halden: Company) -> None:
    bike = next(row for row, item in enumerate(halden.sold) if item.code == "MT-01")
    units = np.zeros((len(halden.sold), 1))
    units[bike] = 10.0
    need = {item.code: quantity for item, quantity in zip(halden.items, explode(halden, units)[:, 0], strict=True)}
    assert need["MT-01"] == need["CM-FRA"] == need["CM-TUB"] == 10.0
    assert need["CM-RIM"] == 20.0
    load = dict(zip((r.code for r in RESOURCES), hours(halden, explode(halden, units))[:, 0], strict=True))
    assert load["BRN-WLD"] == pytest.approx(11.0)
    assert load["HAL-WHL"] == pytest.approx(7.0)


def test_stock_follows_from_receipts_and_use(halden: Company, sold: Sales) -> None:
    kept = stock(halden, sold)
    used = np.round(explode(halden, sold.ordered[:, :, -24:].sum(axis=1)))
    assert np.allclose(kept.on_hand[:, 1:], kept.on_hand[:, :-1] + kept.received[:, 1:] - used[:, 1:])
    assert 0 < (kept.on_hand < 0).mean() < 0.05


def test_only_what_takes_time_is_on_order(halden: Company, sold: Sales) -> None:
    orders = on_order(halden, stock(halden, sold), 23)
    assert orders
    assert all(halden.items[row].lead_time >= month - 23 > 0 for row, month, _ in orders)


def test_the_budget_lies_above_what_can_be_expected(halden: Company, sold: Sales) -> None:
    rows = budget(halden, sold.share)
    assert len(rows) == 12 * 8 * 24
    promised = sum(row.quantity for row in rows if row.month >= halden.first)
    due = 24 - (halden.first.month - 1)
    coming = expected(halden, sold.share, halden.first, due).sum()
    assert 1.01 < promised / coming < 1.10


# --- Its people -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_passwords_are_made_up_afresh_and_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    people.hire()
    first, second = people.new_passwords(), people.new_passwords()
    assert len({login.password for login in first + second}) == 18
    assert [login.username for login in first] == LOGINS
    assert authenticate(username="demand", password=second[1].password) is not None
    assert authenticate(username="demand", password=first[1].password) is None


@pytest.mark.django_db
def test_the_environment_can_set_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "every-keel-is-even")
    people.hire()
    assert {login.password for login in people.new_passwords()} == {"every-keel-is-even"}
    assert authenticate(username="viewer", password="every-keel-is-even") is not None


def test_every_question_can_be_answered_as_the_story_has_it() -> None:
    for question in (question for chapter in CHAPTERS for question in chapter.questions):
        assert question.recommendation in question.options
        assert question.choice in (*question.options, "")


# --- In a database ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_it_never_mixes_with_other_data() -> None:
    Family.objects.create(code="OTHER", name="Somebody’s own")
    with pytest.raises(CommandError, match="other data"):
        call_command("demo", no_serve=True, stdout=io.StringIO(), stderr=io.StringIO())
    assert Family.objects.count() == 1
    assert not User.objects.exists()


@pytest.mark.slow
@pytest.mark.sqlite
@pytest.mark.django_db
def test_the_whole_story(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    answer = demo()
    assert len(answer["logins"]) == 9
    assert answer["seeded"]["actuals"] == Posting.objects.count() > 40_000
    assert not RejectedPosting.objects.exists()
    assert_cycles()
    assert_numbers()
    assert_reviews()
    assert_nothing_was_written_down([login["password"] for login in answer["logins"]])
    changed = Change.objects.count()
    again = demo()
    assert again["seeded"] is None
    assert Change.objects.count() == changed
    assert again["logins"][0]["password"] != answer["logins"][0]["password"]


def demo() -> dict:
    out = io.StringIO()
    call_command("demo", no_serve=True, json=True, stdout=out, stderr=io.StringIO())
    return json.loads(out.getvalue())


def assert_cycles() -> None:
    states = list(Cycle.objects.order_by("first_month").values_list("state", flat=True))
    assert states == [Cycle.State.CLOSED, Cycle.State.CLOSED, Cycle.State.OPEN]
    assert Approval.objects.filter(approved=True, snapshot__production_plan__isnull=False).count() == 2
    assert Snapshot.objects.count() >= 8
    moments = list(Change.objects.order_by("id").values_list("at", flat=True))
    assert moments == sorted(moments)


def assert_numbers() -> None:
    voices = {None, "sales", "customers", "marketing", "finance"}
    assert set(Input.objects.values_list("stream__code", flat=True)) == voices
    assert ProductionPlan.objects.filter(current=True).count() == 3
    assert ProductionPlan.objects.select_related("sales_plan").get(cycle__state="open", current=True).stale
    assert Budget.objects.count() == 12 * 8 * 24
    assert Assumption.objects.filter(included=False, state="open").exists()
    assert set(Assumption.objects.filter(judged_at__isnull=False).values_list("state", flat=True)) == {"held", "failed"}
    assert set(ProductChange.objects.values_list("kind", flat=True)) == {"launch", "end of life"}
    assert Product.objects.filter(sold=False).exists()


def assert_reviews() -> None:
    now = Cycle.objects.get(state=Cycle.State.OPEN)
    assert now.stages.get(key=Stage.Key.DATA_GATHERING).state == Stage.State.SIGNED_OFF
    demand = now.stages.get(key=Stage.Key.DEMAND_REVIEW)
    assert demand.state == Stage.State.IN_PROGRESS
    waiting = demand.submissions.exclude(state=Submission.State.SUBMITTED)
    assert [submission.department.code for submission in waiting] == ["finance"]
    assert now.decisions.filter(state=Decision.State.PROPOSED).count() == 3
    assert Decision.objects.filter(state=Decision.State.DECIDED).count() >= 5
    today = dt.datetime.now(dt.UTC).date()
    items = ActionItem.objects.all()
    assert any(item.overdue(today) for item in items)
    assert any(item.state == ActionItem.State.DONE for item in items)
    assert any(item.state == ActionItem.State.IN_PROGRESS for item in items)


def assert_nothing_was_written_down(passwords: list[str]) -> None:
    files = list(Path(settings.BASE_DIR, "reviews").rglob("*.py"))
    assert all(password not in path.read_text(encoding="utf-8") for path in files for password in passwords)
    told = " ".join(f"{change.summary} {change.data}" for change in Change.objects.all())
    assert all(password not in told for password in passwords)


@pytest.mark.django_db
def test_reset_makes_it_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(seed, "call_command", lambda name, **options: done.append(name))
    monkeypatch.setattr(seed, "seed", lambda say: seed.Seeded(0, "2026-11", 0.0))
    people.hire()
    assert seed.make() is None
    assert not done
    assert seed.make(reset=True) is not None
    assert done == ["flush"]


@pytest.mark.django_db
def test_a_story_that_breaks_off_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks_off(*args: object, **kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(seed.master, "store", breaks_off)
    with pytest.raises(RuntimeError):
        seed.seed()
    assert not User.objects.exists()
