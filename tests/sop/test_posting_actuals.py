"""Taking in sales actuals: once, corrected, returned, refused and tried again."""

import datetime as dt
from itertools import count

import numpy as np
import pytest
from django.utils import timezone

from sop.actions import history
from sop.actions.postings import post_actuals, retry_rejected
from sop.errors import NotAllowed
from sop.models import Change, History, Posting, PostingBatch, Product, RejectedPosting, Series
from sop.queries.history import last_actual_month, matrix, totals
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
JANUARY = dt.date(2013, 1, 1)


@pytest.fixture
def company(db):
    make.make_site()
    product = make.make_product("BK-1")
    Product.objects.create(code="BK-2", name="New", family=product.family, launch_month=dt.date(2013, 2, 1))
    make.make_market("DE")
    make.make_market("FR")
    return product


def record(external_id="1", **fields):
    told = {"product": "BK-1", "market": "DE", "date": "2013-01-15", "kind": "ordered", "quantity": 3, "revenue": 30.5}
    return {"external_id": external_id, **told, **fields}


def post(*records, source="erp", by=None):
    return post_actuals(source=source, records=records, by=by)


def ordered(product="BK-1", market="DE", count=3, measure="ordered"):
    series = Series.objects.get(product__code=product, market__code=market)
    return matrix([series.pk], JANUARY, count, measure)[0].tolist()


def test_it_works(company):
    receipt = post(record("1"), record("2", quantity=4, date="2013-03-31"), record("3", market="FR"))
    assert (receipt.accepted, receipt.updated, receipt.unchanged, receipt.rejected) == (3, 0, 0, [])
    assert ordered() == [3, 0, 4]
    assert ordered(measure="revenue") == [30.5, 0, 30.5]
    assert Series.objects.get(market__code="DE").site.code == "main"
    keys, sums = totals(JANUARY, 3)
    assert sums.sum(axis=0).tolist() == [6, 0, 4]
    assert len(keys) == 2


def test_a_repost_changes_nothing(company):
    post(record("1"), record("2"))
    receipt = post(record("1"), record("2"))
    assert (receipt.accepted, receipt.updated, receipt.unchanged) == (0, 0, 2)
    assert ordered(count=1) == [6]
    assert Change.objects.filter(kind="actuals.posted").count() == 1


def test_another_source_is_another_sale(company):
    post(record("1"))
    assert post(record("1"), source="shop").accepted == 1
    assert ordered(count=1) == [6]


def test_a_changed_record_corrects(company):
    post(record("1"), record("2"))
    receipt = post(record("1", quantity=10, market="FR", date="2013-02-01"))
    assert (receipt.updated, receipt.accepted) == (1, 0)
    assert ordered(count=2) == [3, 0]
    assert ordered(market="FR", count=2)[1] == 10
    assert Posting.objects.count() == 2


def test_a_correction_that_empties_a_series_leaves_no_history(company):
    post(record("1"), record("2", market="FR"))
    post(record("1", market="FR"))
    assert History.objects.filter(series__market__code="DE").count() == 0
    assert History.objects.filter(market__code="DE").count() == 0


def test_a_return_nets_within_its_month(company):
    post(record("1", quantity=5), record("2", quantity=-7, revenue=-70))
    assert ordered(count=1) == [-2]


def test_shipments_are_a_measure_of_their_own_and_earn_nothing_twice(company):
    post(record("1"), record("2", kind="shipped", quantity=2))
    assert ordered(count=1) == [3]
    assert ordered(count=1, measure="shipped") == [2]
    assert ordered(count=1, measure="revenue") == [30.5]


def test_months_are_known_up_to_the_last_posting_of_the_company(company):
    post(record("1"), record("2", market="FR", date="2013-03-05"))
    assert ordered(count=4)[:3] == [3, 0, 0]
    assert np.isnan(ordered(count=4)[3])
    assert last_actual_month() == dt.date(2013, 3, 1)


def test_months_before_a_series_began_are_unknown_unless_its_product_was_launched(company):
    post(record("1"), record("2", market="FR", date="2013-03-05"), record("3", product="BK-2", date="2013-03-05"))
    assert np.isnan(ordered(market="FR")[:2]).all()
    assert np.isnan(ordered(product="BK-2")[0])
    assert ordered(product="BK-2")[1:] == [0, 3]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("product", "BK-9", "no product has the code “BK-9”"),
        ("market", "XX", "no market has the code “XX”"),
        ("market", None, "is missing"),
        ("external_id", "", "is missing"),
        ("external_id", 17, "“17” is not a text; put it in quotes"),
        ("external_id", "x" * 129, "has 129 characters; at most 128 can be kept"),
        ("external_id", "a\x00b", "holds characters that cannot be printed"),
        ("date", "2013-13-01", "“2013-13-01” is not a day; write it as 2013-05-31"),
        ("date", 20130101, "“20130101” is not a day; write it as 2013-05-31"),
        ("date", "1813-01-01", "“1813-01-01” is before 1900; is the year right?"),
        ("kind", "bought", "“bought” is not known; write “ordered” or “shipped”"),
        ("kind", ["ordered"], "“['ordered']” is not known; write “ordered” or “shipped”"),
        ("quantity", "a", "“a” is not a number"),
        ("quantity", "1,5", "“1,5” is not a number; write it with a decimal point"),
        ("quantity", True, "“True” is not a number"),
        ("quantity", "nan", "“nan” is not a number"),
        ("quantity", float("inf"), "“inf” is not a number"),
        ("quantity", 10**400, f"“{'1' + '0' * 127}” is too large; at most 1,000,000,000,000 can be kept"),
        ("revenue", None, "is missing"),
        ("revenue", {"amount": 1}, "“{'amount': 1}” is not a number"),
    ],
    ids=count(),
)
def test_a_bad_record_is_refused_with_its_reason_and_the_good_are_kept(company, field, value, message):
    receipt = post(record("good"), record("bad", **{field: value}) if field != "external_id" else record(value))
    assert receipt.accepted == 1
    [rejection] = receipt.rejected
    assert rejection.index == 1
    assert rejection.errors == {field: [message]}
    assert RejectedPosting.objects.get().errors == {field: [message]}
    assert PostingBatch.objects.get().rejected == 1


def test_a_date_far_ahead_is_refused_and_one_after_the_cycle_is_taken(company):
    ahead = timezone.localdate() + dt.timedelta(days=400)
    soon = timezone.localdate() + dt.timedelta(days=30)
    receipt = post(record("1", date=ahead.isoformat()), record("2", date=soon.isoformat()))
    assert receipt.accepted == 1
    assert "more than a year ahead" in receipt.rejected[0].errors["date"][0]


def test_records_that_are_no_objects_are_refused(company):
    receipt = post("x", None, 7, [])
    assert len(receipt.rejected) == 4
    assert receipt.rejected[0].errors["product"] == ["is missing"]


def test_the_same_record_twice_in_a_delivery_counts_once(company):
    receipt = post(record("1"), record("1"))
    assert (receipt.accepted, receipt.unchanged, receipt.rejected) == (1, 1, [])


def test_the_same_id_with_other_contents_in_a_delivery_is_named(company):
    receipt = post(record("1"), record("1", quantity=9))
    assert receipt.accepted == 1
    assert "comes twice" in receipt.rejected[0].errors["external_id"][0]
    assert ordered(count=1) == [3]
    assert retry_rejected(by=None).updated == 0


def test_rejected_records_are_tried_again_after_the_master_data_was_mended(company):
    post(record("1", product="BK-9"), record("2", market="XX"))
    make.make_product("BK-9")
    receipt = retry_rejected(by=None)
    assert (receipt.accepted, len(receipt.rejected)) == (1, 1)
    assert RejectedPosting.objects.get().external_id == "2"
    assert ordered("BK-9", count=1) == [3]


def test_a_rejection_is_forgotten_when_the_record_comes_again_in_good_order(company):
    post(record("1", market="XX"))
    post(record("1", market="XX"))
    assert RejectedPosting.objects.count() == 1
    post(record("1"))
    assert RejectedPosting.objects.count() == 0


def test_only_a_part_cannot_be_sold(company):
    Product.objects.create(code="SCREW", name="Screw", sold=False)
    assert post(record("1", product="SCREW")).rejected[0].errors == {"product": ["no product has the code “SCREW”"]}


def test_rebuilding_gives_the_same_history(company):
    post(record("1"), record("2", quantity=-1), record("3", market="FR", date="2012-11-02", kind="shipped"))
    post(record("2", quantity=8, date="2013-02-03"))
    before = {(row.series_id, row.family_id, row.market_id): shown(row) for row in History.objects.all()}
    history.rebuild(Series.objects.values_list("pk", flat=True))
    after = {(row.series_id, row.family_id, row.market_id): shown(row) for row in History.objects.all()}
    assert before == after
    assert len(before) == 4


def shown(row):
    return (row.start, row.ordered.tolist(), row.shipped.tolist(), row.revenue.tolist())


def test_the_change_names_families_and_markets(company):
    post(record("1"), by=make.make_user("erp", "it", "integration"))
    change = Change.objects.get(kind="actuals.posted")
    assert (change.families, change.markets) == (["bikes"], ["DE"])
    assert "1 new and 0 corrected" in change.summary


def test_a_planner_may_not_post(company):
    with pytest.raises(NotAllowed):
        post(record("1"), by=make.make_demand_planner())


def test_a_system_with_a_scope_posts_only_into_it(company):
    france = make.make_market("FR-N")
    by = make.make_user("erp", "it", "integration", markets=[france])
    receipt = post(record("1", market="FR-N"), record("2", market="DE"), by=by)
    assert receipt.accepted == 1
    assert receipt.rejected[0].errors == {"market": ["no market has the code “DE”"]}
