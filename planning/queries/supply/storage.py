"""Where stock takes room: the site of each product, and the room of each site."""

from collections.abc import Sequence

import numpy as np

from planning.models import InventoryBalance, Resource, SalesPlan, Storage
from planning.queries.supply.catalogue import Catalogue, Numbers, Structure
from sop import bulk


def sites(
    catalogue: Catalogue, structure: Structure, resources: Sequence[Resource], sales_plan: SalesPlan
) -> tuple[Numbers, Numbers]:
    """The place [all products] of each product's site among those whose room is known, −1 for none; room [s, t].

    A product lies where most of it lay at the end of the last complete month; else where its last step is done. The
    plan knows one stock of a product, so all of it lies there. Two queries.
    """
    limits = list(Storage.objects.order_by("site_id").values_list("site_id", "limit"))
    room = np.repeat(np.array([limit for _, limit in limits], dtype=np.float64)[:, None], sales_plan.horizon, axis=1)
    place = np.full(catalogue.pk.size, -1.0)
    if not limits:
        return place, room
    order = {site: number for number, (site, _) in enumerate(limits)}
    for product, resource in structure.routing[:, :2].astype(np.int64).tolist():
        place[product] = order.get(resources[resource].site_id, -1)
    held = InventoryBalance.objects.filter(month=sales_plan.cycle.as_of, on_hand__gt=0).order_by("on_hand")
    products, where = bulk.columns(held, "product_id", "site_id")
    place[np.searchsorted(catalogue.pk, products)] = [order.get(site, -1) for site in where.tolist()]
    return place, room
