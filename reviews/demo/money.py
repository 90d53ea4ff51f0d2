"""What finance promised: the budget of the current and the next year, a little above what can be expected."""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from reviews.demo.catalogue import FAMILIES, MARKETS
from reviews.demo.company import Company
from reviews.demo.demand import Array, expected
from sop import months

AMBITION = {"EBIKES": 1.09, "ROAD": 1.07, "PACKS": 1.05, "CLOTHING": 1.04}
USUAL_AMBITION = 1.025


@dataclass(frozen=True)
class BudgetRow:
    family: str
    market: str
    month: dt.date
    quantity: float
    revenue: float
    margin: float


def budget(company: Company, share: Array) -> list[BudgetRow]:
    """Rows of family × market × month for the year of the first plan month and the next."""
    span = months.span(dt.date(company.first.year, 1, 1), 2 * months.MONTHS_PER_YEAR)
    units = expected(company, share, span[0], len(span))
    units *= np.array([AMBITION.get(item.family.code, USUAL_AMBITION) for item in company.sold if item.family])[
        :, None, None
    ]
    price = np.array([[company.price(item, month.year) for month in span] for item in company.sold])
    cost = np.array([[company.cost(item, month.year) for month in span] for item in company.sold])
    realised = np.array([market.price for market in MARKETS])
    revenue = units * price[:, None, :] * realised[None, :, None]
    margin = revenue - units * cost[:, None, :]
    rows = []
    for family in FAMILIES:
        members = [row for row, item in enumerate(company.sold) if item.family is family]
        totals = [values[members].sum(axis=0) for values in (units, revenue, margin)]
        for column, market in enumerate(MARKETS):
            for index, month in enumerate(span):
                quantity, money, rest = (float(total[column, index]) for total in totals)
                rows.append(BudgetRow(family.code, market.code, month, round(quantity), round(money), round(rest)))
    return rows
