"""Telling whoever listens that the consensus of a sales plan has moved, once it is committed.

Actions know no jobs; who wants one done about it (`planning/tasks.py`) listens.
"""

from collections.abc import Callable
from functools import partial

from django.db import transaction

from planning.models import SalesPlan
from sop.models import User

# Called with the key of the plan and who moved it.
listeners: set[Callable[[int, User | None], None]] = set()


def demand_moved(plan: SalesPlan, *, by: User | None) -> None:
    """To be called in the transaction that counts the plan's version up."""
    for listener in listeners:
        transaction.on_commit(partial(listener, plan.pk, by), robust=True)
