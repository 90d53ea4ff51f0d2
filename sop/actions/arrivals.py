"""Telling whoever listens that actuals came or were corrected, once they are committed.

Actions know no jobs; an app above that wants one done about it listens.
"""

import datetime as dt
from collections.abc import Callable
from functools import partial

from django.db import transaction

from sop.models import User

# Called with the first and the last day that the actuals are about, and who sent them.
listeners: set[Callable[[dt.date, dt.date, User | None], None]] = set()


def tell(first: dt.date, last: dt.date, by: User | None) -> None:
    """To be called in the transaction that writes the actuals."""
    for listener in listeners:
        transaction.on_commit(partial(listener, first, last, by), robust=True)
