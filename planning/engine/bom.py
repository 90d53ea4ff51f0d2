"""The bill of materials as numbers: low-level codes and a sparse quantity matrix."""

import numpy as np
import scipy

from planning.engine.arrays import Array, Integers, Mask

PARENT, COMPONENT, QUANTITY = 0, 1, 2


def low_level_codes(bom: Array, items: int) -> Integers:
    """The deepest level at which each item is used: 0 for what no other item contains.

    `bom[k, 3]` holds rows (parent, component, quantity per parent). Raises ValueError naming an item of a cycle.
    """
    parents = bom[:, PARENT].astype(np.int64)
    components = bom[:, COMPONENT].astype(np.int64)
    uses_left = np.bincount(components, minlength=items)
    codes = np.zeros(items, dtype=np.int64)
    placed = uses_left == 0
    wave = placed.copy()
    while wave.any():
        lines = wave[parents]
        np.maximum.at(codes, components[lines], codes[parents[lines]] + 1)
        uses_left -= np.bincount(components[lines], minlength=items)
        wave = (uses_left == 0) & ~placed
        placed |= wave
    if not placed.all():
        raise ValueError(f"bom has a cycle through item {_item_of_a_cycle(parents, components, placed)}")
    return codes


def quantity_matrix(bom: Array, items: int) -> "scipy.sparse.csr_matrix":
    """`matrix[component, parent]`: units of the component in one unit of the parent."""
    index = (bom[:, COMPONENT].astype(np.int64), bom[:, PARENT].astype(np.int64))
    return scipy.sparse.csr_matrix((bom[:, QUANTITY], index), shape=(items, items))


def _item_of_a_cycle(parents: Integers, components: Integers, placed: Mask) -> int:
    """Walk from any unplaced item to an unplaced user of it until one is met twice."""
    user = {
        int(component): int(parent)
        for parent, component in zip(parents, components, strict=True)
        if not placed[parent] and not placed[component]
    }
    item, met = int(np.flatnonzero(~placed)[0]), set[int]()
    while item not in met:
        met.add(item)
        item = user[item]
    return item
