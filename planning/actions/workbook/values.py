"""What a cell of a returned workbook says: nothing, a number, or a change in shorthand."""

import datetime as dt
import math
import re

from planning.actions import shorthand
from planning.actions.workbook.opening import Raw
from planning.queries.workbook.compare import same

UNTOUCHED = ("", "-", "–", "—", "−", "·", '""')
AMBIGUOUS = re.compile(r"\d{1,3}[.,]\d{3}")
PLAIN = re.compile(r"[-−]?[\d.,\s\u2009\u202f\u00a0\u2060'’]+")
SPACES = re.compile(r"[\s\u2009\u202f\u00a0\u2060'’]")

Entry = str | float | None


def entry(raw: Raw, base: float | None, *, decimal_comma: bool = False, is_csv: bool = False) -> Entry:
    """What was entered, in shorthand; None for nothing. ValueError says what is wrong with it."""
    value = raw.value
    if raw.formula:
        raise ValueError("holds a formula without a result; open the file in Excel, save it, and import it again")
    if value is None:
        return None
    if isinstance(value, bool | dt.date | dt.time | dt.timedelta):
        raise ValueError(f"“{value}” is not a quantity; give the cell the format of a number")
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise ValueError(f"“{value}” is not a quantity")
        return f"{100 * value:+.10g}%" if raw.percent else float(value)
    return _text(str(value), base, decimal_comma, is_csv)


def _text(value: str, base: float | None, decimal_comma: bool, is_csv: bool) -> Entry:
    text = value.strip().removeprefix("'").strip()
    if text in UNTOUCHED:
        return None
    if text.startswith("#"):
        raise ValueError(f"“{text}” is the error of a formula; mend the formula and save the file")
    bare = SPACES.sub("", text)
    if decimal_comma:
        bare = bare.replace(".", "").replace(",", ".")
    elif AMBIGUOUS.fullmatch(bare):
        # 1.234 and 1,234 are either: what was there decides.
        readings = [float(bare.replace(",", ".")), float(re.sub(r"[.,]", "", bare))]
        if match := next((reading for reading in readings if same(reading, base)), None):
            return match
    if is_csv and PLAIN.fullmatch(bare):
        # As when pasted, −20 is a number here, not 20 less.
        sign = -1 if bare[0] in "-−" else 1
        return sign * shorthand.number(bare.lstrip("-−"))
    return bare if PLAIN.fullmatch(bare) or decimal_comma else text
