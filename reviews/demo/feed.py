"""Halden's past as it became known: orders, shipments, returns and stock, month after month."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from planning.models import InventoryBalance, Receipt
from reviews.demo.catalogue import MARKETS
from reviews.demo.company import STOCK_MONTHS, Company
from reviews.demo.demand import Sales
from reviews.demo.supply import Stock, on_order
from sop import bulk, months
from sop.actions.postings import post_actuals
from sop.models import Posting, Product, Site, User

SOURCE = "erp"
Record = dict[str, Any]


@dataclass
class Feed:
    """The company's systems. `known` is the last month they have told of."""

    company: Company
    sales: Sales
    stock: Stock
    by: User
    known: dt.date | None = None
    told: int = 0

    def tell(self, until: dt.date) -> None:
        """Post everything up to the end of a month."""
        first = months.add(self.known, 1) if self.known else self.company.start
        records = list(self._actuals(months.distance(self.company.start, first), until))
        post_actuals(source=SOURCE, records=records, by=self.by)
        self._stock(until)
        self.known = until
        self.told += len(records)

    def _actuals(self, first: int, until: dt.date) -> Iterator[Record]:
        last = months.distance(self.company.start, until)
        span = months.span(self.company.start, last + 1)
        for row, item in enumerate(self.company.sold):
            prices = [self.company.price(item, month.year) for month in span]
            for column, market in enumerate(MARKETS):
                if not self.sales.share[row, column]:
                    continue
                for index in range(first, last + 1):
                    for kind, suffix, day, quantity in self._units(row, column, index):
                        if quantity:
                            yield {
                                "external_id": f"{market.code}/{item.code}/{months.code(span[index])}/{suffix}",
                                "product": item.code,
                                "market": market.code,
                                "date": span[index].replace(day=day).isoformat(),
                                "kind": kind,
                                "quantity": quantity,
                                "revenue": round(quantity * prices[index] * market.price, 2),
                            }

    def _units(self, row: int, column: int, index: int) -> Iterator[tuple[str, str, int, float]]:
        """What one month of one series has to tell: kind, the external id's last part, day, units."""
        at = (row, column, index)
        yield Posting.Kind.ORDERED, "order", 15, float(self.sales.ordered[at])
        yield Posting.Kind.ORDERED, "return", 26, -float(self.sales.returned[at])
        yield Posting.Kind.SHIPPED, "shipment", 24, float(self.sales.shipped[at])

    def _stock(self, until: dt.date) -> None:
        """Balances and receipts up to a month, and what was on order at its end."""
        products = dict(Product.objects.values_list("code", "pk"))
        sites = dict(Site.objects.values_list("code", "pk"))
        start = months.add(self.company.first, -STOCK_MONTHS)
        last = months.distance(start, until)
        first = months.distance(start, self.known) + 1 if self.known else 0
        span = [month.isoformat() for month in months.span(start, 2 * STOCK_MONTHS)]
        place = [(products[item.code], sites[item.site]) for item in self.company.items]
        balances, receipts = [], []
        for row in range(len(self.company.items)):
            for index in range(first, last + 1):
                balances.append((*place[row], span[index], float(self.stock.on_hand[row, index])))
                receipts.append((*place[row], span[index], float(self.stock.received[row, index])))
        for row, index, units in on_order(self.company, self.stock, last):
            receipts.append((*place[row], span[index], units))
        key = ["product_id", "site_id", "month"]
        bulk.upsert(InventoryBalance, key=key, columns=[*key, "on_hand"], rows=balances)
        bulk.upsert(Receipt, key=key, columns=[*key, "quantity"], rows=receipts)
