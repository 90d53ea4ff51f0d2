"""What the cell of a table can hold.

A parser takes what was written and returns a value, or says in a ValueError what is wrong; the same parsers read files
(all text) and JSON (numbers and texts).
"""

import datetime as dt
import math
from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Model

from sop import months
from sop.actions.reading import did_you_mean

LARGEST = 1e12
FIRST_YEAR, LAST_YEAR = 1900, 2200
SUGGESTIONS = 20


def code_field(model: type[Model]) -> str:
    """What a row is called by in files and JSON: its code, unless the model says otherwise."""
    return str(getattr(model, "code_field", "code"))


class Codes:
    """Codes of the things that rows refer to, read once and again after they changed."""

    def __init__(self, *, decimal_comma: bool = False) -> None:
        self.decimal_comma = decimal_comma
        self._ids: dict[type[Model], dict[str, int]] = {}
        self._codes: dict[type[Model], dict[int, str]] = {}
        self._suggestions = 0

    def ids(self, model: type[Model]) -> dict[str, int]:
        if model not in self._ids:
            self._ids[model] = dict(model._default_manager.order_by().values_list(code_field(model), "pk"))
        return self._ids[model]

    def code_of(self, model: type[Model], pk: int) -> str:
        """The code of an id, for showing what a row refers to."""
        if model not in self._codes:
            self._codes[model] = dict(model._default_manager.order_by().values_list("pk", code_field(model)))
        return self._codes[model].get(pk, "")

    def forget(self, model: type[Model]) -> None:
        self._ids.pop(model, None)
        self._codes.pop(model, None)
        self._suggestions = 0

    def unknown(self, noun: str, written: str, known: Sequence[str]) -> ValueError:
        """Suggestions take a while over long lists, so only the first of them are made."""
        self._suggestions += 1
        hint = did_you_mean(written, list(known)) if self._suggestions <= SUGGESTIONS else ""
        return ValueError(f"no {noun} has the code “{written}”{hint}")


Parser = Callable[[Any, Codes], Any]


def shown(value: Any) -> str:
    """A value as it can be shown in a message."""
    text = value if isinstance(value, str) else repr(value)
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text[:80])


def text(length: int) -> Parser:
    def parse(value: Any, codes: Codes) -> str:
        if not isinstance(value, str):
            raise ValueError(f"“{shown(value)}” is not a text; put it in quotes")
        if len(value) > length:
            raise ValueError(f"has {len(value)} characters; at most {length} can be kept")
        if not value.isprintable():
            raise ValueError("holds characters that cannot be printed")
        return value

    return parse


def number(*, minimum: float = -LARGEST, above: float | None = None, maximum: float = LARGEST) -> Parser:
    def parse(value: Any, codes: Codes) -> float:
        found = _float(value, codes)
        if found < minimum:
            raise ValueError(f"{shown(value)} is less than {minimum:g}")
        if above is not None and found <= above:
            raise ValueError(f"{shown(value)} is not more than {above:g}")
        if found > maximum:
            raise ValueError(f"{shown(value)} is more than {maximum:,.0f}")
        return found

    return parse


def _float(value: Any, codes: Codes) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"“{shown(value)}” is not a number")
    written = value
    if isinstance(value, str):
        written = value.replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
        if codes.decimal_comma and "," in written:
            written = written.replace(".", "").replace(",", ".", 1)
    try:
        found = float(written) if "_" not in str(written) else math.nan
    except OverflowError:
        found = math.inf
    except ValueError:
        hint = "; write it with a decimal point" if isinstance(value, str) and "," in value else ""
        raise ValueError(f"“{shown(value)}” is not a number{hint}") from None
    if not math.isfinite(found):
        raise ValueError(f"“{shown(value)}” is not a number")
    return found + 0.0


def whole(*, minimum: int = 0, maximum: int = 32_000) -> Parser:
    plain = number(minimum=minimum, maximum=maximum)

    def parse(value: Any, codes: Codes) -> int:
        found = plain(value, codes)
        if found != int(found):
            raise ValueError(f"{shown(value)} is not a whole number")
        return int(found)

    return parse


def month(value: Any, codes: Codes) -> dt.date:
    if not isinstance(value, str):
        raise ValueError(f"“{shown(value)}” is not a month; write it as 2013-06")
    return _in_our_time(months.parse(value), value)


def day(value: Any, codes: Codes) -> dt.date:
    try:
        found = dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"“{shown(value)}” is not a day; write it as 2013-06-30") from None
    return _in_our_time(found, value)


def _in_our_time(found: dt.date, value: str) -> dt.date:
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(f"“{value}”: is the year right?")
    return found


def flag(value: Any, codes: Codes) -> bool:
    if isinstance(value, bool):
        return value
    found = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}.get(str(value).lower())
    if found is None:
        raise ValueError(f"“{shown(value)}” is neither yes nor no")
    return found


def choice(*allowed: str) -> Parser:
    def parse(value: Any, codes: Codes) -> str:
        for each in allowed:
            if isinstance(value, str) and value.lower() == each.lower():
                return each
        raise ValueError(f"“{shown(value)}” is not known; write {' or '.join(allowed)}")

    return parse


def code(model: type[Model]) -> Parser:
    """A code of something that exists, as its id."""

    def parse(value: Any, codes: Codes) -> int:
        known = codes.ids(model)
        found = known.get(value) if isinstance(value, str) else None
        if found is None:
            raise codes.unknown(str(model._meta.verbose_name), shown(value), list(known))
        return found

    return parse
