"""Large sets go in and come out unchanged, on whichever database the suite runs."""

import datetime as dt

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction

from sop import bulk
from sop.models import Family, History, Market, Product, Series

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
MONTHS, SERIES = 40, 25_000
PRODUCT = [
    "code",
    "name",
    "family_id",
    "sold",
    "uom",
    "planning_factor",
    "strategy",
    "make_or_buy",
    "lead_time_months",
    "lot_multiple",
    "safety_stock",
]
COLUMNS = ["series_id", "start", "ordered", "shipped", "revenue"]


def make_series(count: int) -> list[int]:
    family = Family.objects.create(code="bikes", name="Bikes")
    market = Market.objects.create(code="north", name="North")
    bulk.insert(
        Product,
        PRODUCT,
        ((f"P{n}", f"Product {n}", family.pk, True, "EA", 1.0, "MTS", "make", 0, 1.0, 0.0) for n in range(count)),
    )
    products = Product.objects.order_by("pk").values_list("pk", flat=True)
    bulk.insert(Series, ["product_id", "market_id"], ((pk, market.pk) for pk in products))
    return list(Series.objects.order_by("pk").values_list("pk", flat=True))


def rows(series: list[int], values: np.ndarray) -> list[tuple]:
    start, none = dt.date(2020, 1, 1), np.empty(0)
    return [(pk, start, vector, none, vector * 2) for pk, vector in zip(series, values, strict=True)]


def test_a_million_cells_come_back_to_the_last_bit() -> None:
    series = make_series(SERIES)
    values = np.random.default_rng(1).normal(1e3, 1e6, (SERIES, MONTHS))
    values[::7, 3] = np.nan
    assert bulk.insert(History, COLUMNS, rows(series, values)) == SERIES
    read = bulk.read(History.objects.order_by("series_id"), "series_id", "ordered", "revenue")
    assert [row[0] for row in read] == series
    np.testing.assert_array_equal(bulk.matrix((row[1] for row in read), MONTHS), values)
    np.testing.assert_array_equal(bulk.matrix((row[2] for row in read), MONTHS), values * 2)


def test_the_orm_reads_what_bulk_wrote_and_the_other_way_round() -> None:
    [first, second] = make_series(2)
    bulk.insert(History, COLUMNS, rows([first], np.array([[1.5, np.nan, 1e15]])))
    np.testing.assert_array_equal(History.objects.get(series=first).ordered, [1.5, np.nan, 1e15])
    History.objects.create(series_id=second, start=dt.date(2021, 5, 1), ordered=np.array([0.1, 0.2]))
    [(_, vector)] = bulk.read(History.objects.filter(series=second), "series_id", "ordered")
    np.testing.assert_array_equal(vector, [0.1, 0.2])


def test_an_upsert_replaces_the_same_key_and_adds_the_new() -> None:
    series = make_series(3)
    bulk.insert(History, COLUMNS, rows(series[:2], np.ones((2, 3))))
    bulk.upsert(History, key=["series_id"], columns=COLUMNS, rows=rows(series, np.full((3, 3), 5.0)))
    assert History.objects.count() == 3
    for history in History.objects.all():
        np.testing.assert_array_equal(history.ordered, [5.0, 5.0, 5.0])


def test_text_with_tabs_newlines_and_backslashes_survives() -> None:
    awkward = 'a\tb\nc\\d\r{e},"f" ‘ü’ \\N'
    bulk.insert(Family, ["code", "name"], [("x", awkward)])
    assert Family.objects.get(code="x").name == awkward


def test_a_clash_with_a_unique_key_adds_nothing() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert(Family, ["code", "name"], [("a", "A"), ("b", "B"), ("a", "again")])
    assert not Family.objects.exists()


def test_a_filter_that_nothing_can_meet_reads_nothing() -> None:
    assert bulk.read(History.objects.filter(pk__in=[]), "series_id", "ordered") == []


def test_a_read_of_text_columns_goes_through_the_orm() -> None:
    bulk.insert(Family, ["code", "name"], [("a", "A")])
    assert bulk.read(Family.objects.all(), "code", "name") == [("a", "A")]


def test_columns_of_numbers_and_days_come_as_arrays() -> None:
    keys = make_series(3)
    day = dt.date(1999, 12, 31)
    bulk.insert(History, COLUMNS, ((key, day, np.ones(2), np.ones(2), np.ones(2)) for key in keys))
    series, start = bulk.columns(History.objects.order_by("series_id"), "series_id", "start")
    assert series.tolist() == keys
    assert start.tolist() == [day] * 3
    assert [part.size for part in bulk.columns(History.objects.filter(pk__in=[]), "series_id", "start")] == [0, 0]
    assert [part.size for part in bulk.columns(History.objects.filter(start=dt.date(1990, 1, 1)), "pk", "start")] == [
        0,
        0,
    ]


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_each_chunk_commits_by_itself() -> None:
    assert not connection.in_atomic_block
    assert bulk.insert(Family, ["code", "name"], ((f"f{n}", "F") for n in range(2 * bulk.CHUNK + 1))) == 4001
    assert Family.objects.count() == 4001


def test_vectors_of_one_length_come_as_a_matrix() -> None:
    first, second, third = make_series(3)
    for pk, month, length in ((first, 1, 2), (second, 2, 3), (third, 3, 2)):
        bulk.insert(History, COLUMNS, [(pk, dt.date(2020, month, 1), np.arange(length) + pk, np.empty(0), np.ones(1))])
    blocks = bulk.blocks(History.objects.order_by("series_id"), "series_id", "start", "ordered", "shipped")
    found = {series.tolist()[0]: (series, start, ordered, shipped) for series, start, ordered, shipped in blocks}
    assert set(found) == {first, second}
    series, start, ordered, shipped = found[first]
    assert (series.tolist(), start.astype(str).tolist()) == ([first, third], ["2020-01-01", "2020-03-01"])
    assert ordered.tolist() == [[first, first + 1], [third, third + 1]]
    assert shipped.shape == (2, 0)


def test_blocks_are_added_and_replace_what_is_named_by_their_key() -> None:
    keys, day = np.array(make_series(5)), dt.date(2020, 1, 1)
    values = np.arange(15.0).reshape(5, 3)
    added = {"series_id": keys, "start": day, "ordered": values, "shipped": values, "revenue": values}
    bulk.insert_blocks(History, [added])
    bulk.update_blocks(History, ["series_id"], [{"start": day, "series_id": keys[1:3], "ordered": -values[1:3]}])
    bulk.update_blocks(History, ["series_id"], [])
    found = bulk.read(History.objects.order_by("series_id"), "series_id", "ordered", "shipped")
    assert [(key, ordered.tolist(), shipped.tolist()) for key, ordered, shipped in found] == [
        (key, (-row if at in (1, 2) else row).tolist(), row.tolist())
        for at, (key, row) in enumerate(zip(keys.tolist(), values, strict=True))
    ]


def test_nothing_comes_as_no_block() -> None:
    assert list(bulk.blocks(History.objects.filter(pk__in=[]), "series_id", "ordered")) == []
    assert list(bulk.blocks(History.objects.all(), "series_id", "ordered")) == []
