"""One line of the story of a number."""

import datetime as dt
from dataclasses import dataclass

MARKS = {"marketing": "mkt", "finance": "fin", "consensus": "cons"}


@dataclass(frozen=True)
class Step:
    """One contribution in units: what, how much, and whose word it is.

    `kind` names the mark of its row in the grid, `page` the address of where it is told in full; a `change` is a
    difference, written with its sign.
    """

    kind: str
    name: str
    value: float
    who: str = ""
    at: dt.datetime | None = None
    why: str = ""
    how: str = ""
    page: tuple[str, int] | None = None
    change: bool = False
