"""Several systems post at once: nothing is lost and nothing counts twice."""

import threading

import pytest
from django.db import connection, connections

from sop.actions import history
from sop.actions.postings import post_actuals
from sop.models import History, Posting, Series
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)
DELIVERIES, RECORDS = 6, 40


def record(number):
    told = {"product": "B1", "market": "de", "date": f"2013-{number % 12 + 1:02}-05", "kind": "ordered"}
    return {"external_id": str(number), "quantity": 1, "revenue": 10, **told}


def post_some(errors):
    try:
        for delivery in range(DELIVERIES):
            numbers = range(delivery * RECORDS, (delivery + 1) * RECORDS)
            post_actuals(source="erp", records=[record(number) for number in numbers], by=None)
    except Exception as error:
        errors.append(error)
        raise
    finally:
        connections.close_all()


def test_the_same_deliveries_from_four_threads():
    if connection.vendor == "sqlite":
        pytest.skip("SQLite in memory is not shared by threads; on file it has one writer at a time.")
    make.make_product("B1")
    make.make_market("de")
    make.make_site()
    errors = []
    threads = [threading.Thread(target=post_some, args=(errors,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert Posting.objects.count() == DELIVERIES * RECORDS
    leaf, total = lines()
    assert leaf.ordered.sum() == total.ordered.sum() == DELIVERIES * RECORDS
    before = leaf.ordered.tolist()
    history.rebuild(Series.objects.values_list("pk", flat=True))
    assert lines()[0].ordered.tolist() == before


def lines():
    return [History.objects.get(series__isnull=False), History.objects.get(series__isnull=True)]
