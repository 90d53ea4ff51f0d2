"""Master data that a plan cannot be made from as it stands, product by product, and how to mend it.

Nothing here stops the plan: what is at fault is planned as told in `what`, and everything else as ever.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from planning.engine.bom import COMPONENT, PARENT
from planning.models import Resource
from planning.queries.supply.catalogue import Catalogue, Indices, Mask, Numbers, Structure
from sop.models import Product

NO_ROUTING, NO_HOURS, LEAD_TIME, CIRCLE = "no routing", "no hours", "lead time", "circle"
NO_COST, UNKNOWN_PART, ALTERNATE = "no cost", "unknown part", "alternate"
# What the plan does about it, and the way out; in the order in which they are listed.
WHAT = {
    NO_HOURS: "It needs {about}, which has no hours in any month: none of it can be made.",
    CIRCLE: "It would need itself, by way of {about}: that line of its bill is left out.",
    NO_ROUTING: "It is made, but no routing says where: planned as if it took no hours.",
    LEAD_TIME: "A lead time of {about} months reaches beyond the plan: nothing ordered now arrives in it.",
    NO_COST: "It has no cost: its list price stands in for it, else nothing.",
    UNKNOWN_PART: "A part without cost, stock, bill or routing: taken as available, for nothing.",
    ALTERNATE: "Its alternate on {about} stands in for itself, or for no routing of this product: left out.",
}
MEND = {
    NO_HOURS: "Give the resource hours, or the product another resource.",
    CIRCLE: "Take the line out of the bill of material.",
    NO_ROUTING: "Import its routing, or say that it is bought.",
    LEAD_TIME: "Correct the lead time; it counts in months.",
    NO_COST: "Import its cost.",
    UNKNOWN_PART: "Import its cost and its stock, or take it out of the bills.",
    ALTERNATE: "Let it name the product's own routing on the resource that it stands in for.",
}


@dataclass(frozen=True)
class Fault:
    """What is wrong with a product, what the plan does about it, and the way out."""

    kind: str
    product: str  # its code
    name: str
    family: int | None
    what: str

    @property
    def mend(self) -> str:
        return MEND[self.kind]


def without_circles(bom: Numbers, size: int) -> tuple[Numbers, Numbers]:
    """The bill lines that lead nowhere back, and those by which a product would need itself."""
    parent, component = (bom[:, column].astype(np.int64) for column in (PARENT, COMPONENT))
    links = scipy.sparse.coo_matrix((np.ones(len(bom)), (parent, component)), shape=(size, size))
    _, group = scipy.sparse.csgraph.connected_components(links, directed=True, connection="strong")
    round_again = group[parent] == group[component]
    return bom[~round_again], bom[round_again]


def alternates(structure: Structure) -> tuple[Numbers, Numbers]:
    """Alternates as rows (row of the first choice, resource, hours per unit, months before), and those of no use.

    An alternate stands in for a routing of the same product that is itself a first choice.
    """
    rows = structure.alternates
    if not len(rows):
        return np.zeros((0, 4)), rows
    row_of = {pk: row for row, pk in enumerate(structure.routing_pk.tolist())}
    first = np.array([row_of.get(int(pk), -1) for pk in rows[:, 0]])
    good = (first >= 0) & (structure.routing[first, 0] == rows[:, 1])
    return np.column_stack([first[good], rows[good][:, 2:5]]), rows[~good]


@dataclass(frozen=True, eq=False)
class Suspects:
    """What is looked through for faults; everything by product index."""

    catalogue: Catalogue
    structure: Structure
    needed: Mask  # sold in the plan, or part of what is
    costed: Mask  # a standard cost is known
    idle: Indices  # resources without hours in any month
    circles: Numbers  # bill lines that were left out
    alternates: Numbers  # and alternates
    horizon: int


def find(suspects: Suspects, resources: Sequence[Resource]) -> list[Fault]:
    """Every fault of a product that the plan needs, by kind and product. At most one query."""
    found = sorted(_found(suspects), key=lambda each: (list(WHAT).index(each[0]), *each[1:]))
    pk = suspects.catalogue.pk.tolist()
    rows = {row for _, row, _ in found} | {about for kind, _, about in found if kind == CIRCLE}
    named = Product.objects.in_bulk([pk[row] for row in rows])

    def words(kind: str, about: int) -> str:
        if kind == CIRCLE:
            return named[pk[about]].code
        return resources[about].code if kind in (NO_HOURS, ALTERNATE) else str(about)

    return [
        Fault(kind, product.code, product.name, product.family_id, WHAT[kind].format(about=words(kind, about)))
        for kind, row, about in found
        for product in [named[pk[row]]]
    ]


def _found(suspects: Suspects) -> Iterator[tuple[str, int, int]]:
    """Kind, product and what it is about: a resource, another product, or months."""
    catalogue, structure, needed = suspects.catalogue, suspects.structure, suspects.needed
    routed = np.isin(np.arange(needed.size), structure.routing[:, 0])
    unseen = {
        NO_ROUTING: needed & catalogue.made & ~routed,
        LEAD_TIME: needed & catalogue.planned & (catalogue.lead_time >= suspects.horizon),
        NO_COST: needed & catalogue.planned & ~suspects.costed,
        UNKNOWN_PART: needed & ~catalogue.planned & ~suspects.costed,
    }
    for kind, which in unseen.items():
        for row in np.flatnonzero(which).tolist():
            yield kind, row, int(catalogue.lead_time[row])
    idle = structure.routing[np.isin(structure.routing[:, 1], suspects.idle), :2].astype(np.int64)
    yield from ((NO_HOURS, product, resource) for product, resource in idle.tolist() if needed[product])
    yield from ((CIRCLE, parent, part) for parent, part in suspects.circles[:, :2].astype(np.int64).tolist())
    yield from ((ALTERNATE, product, other) for product, other in suspects.alternates[:, 1:3].astype(np.int64).tolist())
