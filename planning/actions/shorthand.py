"""What a planner types into a cell, as a number.

`1200` and `=1200` set, `+500` and `-20` add, `+10%` and `-5%` change by a share, `*1.1` multiplies; `15k` and `2m` are
thousands and millions. Spaces between thousands and a comma or point as decimal mark are understood.
"""

import re

from planning.models import Input
from sop.errors import PlanningError

_ENTRY = re.compile(r"(?P<sign>[-+*=]?)(?P<number>\d[\d.,]*|[.,]\d+)(?P<unit>[km%]?)", re.IGNORECASE)
_BLANKS = re.compile(r"[\s\u2009\u202f\u00a0\u2060'’]")
_THOUSANDS = re.compile(r"\d{1,3}([.,])\d{3}(\1\d{3})*")
_SCALE = {"": 1.0, "k": 1e3, "m": 1e6, "%": 1.0}
LARGEST = 1e12


def parse(entry: str | float, current: float) -> float:
    """The value that an entry makes of `current`; PlanningError names what is not understood."""
    if isinstance(entry, int | float) and not isinstance(entry, bool):
        return _checked(float(entry), str(entry))
    text = _BLANKS.sub("", str(entry)).replace("−", "-")
    match = _ENTRY.fullmatch(text)
    if not match:
        raise PlanningError(f"“{entry}” is not a quantity. Write 1200, +10%, -5%, *1.1, +500 or 15k.")
    value = number(match["number"]) * _SCALE[match["unit"].lower()]
    return _checked(_applied(match["sign"], match["unit"], value, current, str(entry)), str(entry))


def mode(entry: str | float) -> Input.Mode:
    """Whether an entry is a number, a difference or a share of what was there."""
    text = _BLANKS.sub("", str(entry)).replace("−", "-")
    if text.endswith("%") or text.startswith("*"):
        return Input.Mode.PERCENT
    return Input.Mode.QUANTITY if isinstance(entry, str) and text[:1] in ("+", "-") else Input.Mode.ABSOLUTE


def number(text: str) -> float:
    """Digits with a decimal mark or marks between thousands: 1,234.5 and 1.234,5 and 1,5 and 1,234 are understood."""
    if "," in text and "." in text:
        decimal = max(text.rfind(","), text.rfind("."))
        return float(re.sub(r"[.,]", "", text[:decimal]) + "." + text[decimal + 1 :])
    if _THOUSANDS.fullmatch(text) and "," in text:
        return float(text.replace(",", ""))
    if text.count(",") > 1 or text.count(".") > 1:
        return float(re.sub(r"[.,]", "", text))
    return float(text.replace(",", "."))


def _applied(sign: str, unit: str, value: float, current: float, entry: str) -> float:
    if unit == "%":
        if sign not in "+-" or not sign:
            raise PlanningError(f"“{entry}” does not say which way. Write +10% or -10%.")
        return current * (1 + (value if sign == "+" else -value) / 100)
    return {"+": current + value, "-": current - value, "*": current * value}.get(sign, value)


def _checked(value: float, entry: str) -> float:
    if value != value or abs(value) > LARGEST:
        raise PlanningError(f"“{entry}” is not a quantity that can be planned.")
    if value < 0:
        raise PlanningError(f"“{entry}” would make the quantity negative; the least is 0.")
    return value
