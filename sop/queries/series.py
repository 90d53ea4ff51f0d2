"""The series of a scope as a labelled frame."""

import pandas as pd
from django.db.models import Q

from sop import bulk
from sop.models import Series
from sop.permissions import EVERYTHING, Scope

COLUMNS = {
    "pk": "series",
    "product_id": "product",
    "market_id": "market",
    "product__family_id": "family",
}


def frame(scope: Scope = EVERYTHING, where: Q | None = None) -> pd.DataFrame:
    """One row per series, in key order: `series`, `product`, `market`, `family` (keys). One query."""
    rows = Series.objects.filter(scope.series()).filter(where or Q()).order_by("pk")
    return pd.DataFrame(dict(zip(COLUMNS.values(), bulk.columns(rows, *COLUMNS), strict=True)))
