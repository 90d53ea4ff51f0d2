"""The real data set goes in whole, and history equals the file's month totals to the unit."""

import csv
import datetime as dt
import gzip
from collections import defaultdict

import numpy as np
import pytest

from planning.actions.importing import import_tables
from sop import months
from sop.actions.reading import folder
from sop.models import Series
from sop.queries.history import last_actual_month, matrix, totals

pytestmark = [pytest.mark.django_db, pytest.mark.realdata]


@pytest.fixture
def adventureworks(real_data):
    path = real_data / "adventureworks"
    if not path.is_dir():
        pytest.skip("AdventureWorks is not among the real data sets.")
    return path


def month_totals(path):
    sums = defaultdict(lambda: [0.0, 0.0])
    with gzip.open(path / "actuals.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            month = sums[row["date"][:7]]
            month[0] += float(row["quantity"])
            month[1] += float(row["revenue"])
    return dict(sorted(sums.items()))


def test_totals_of_every_month_equal_the_file(adventureworks):
    imported = import_tables(folder(adventureworks), by=None)
    assert imported.rejected == 0
    expected = month_totals(adventureworks)
    start = months.parse(min(expected))
    ids = list(Series.objects.values_list("pk", flat=True))
    assert (len(ids), len(expected), last_actual_month()) == (3_087, 29, dt.date(2013, 5, 1))
    units, money = np.array(list(expected.values())).T
    assert np.nansum(matrix(ids, start, 29), axis=0).tolist() == units.tolist()
    assert np.allclose(np.nansum(matrix(ids, start, 29, "revenue"), axis=0), money, atol=0.001)
    assert totals(start, 29)[1].sum(axis=0).tolist() == units.tolist()
    again = import_tables(folder(adventureworks), by=None)
    assert again.good == 0
