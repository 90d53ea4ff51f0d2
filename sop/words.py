"""How figures and days are written on screen: thin spaces, a real minus, the sign of a difference, the currency.

What is not known is a dash.
"""

import datetime as dt
import re
from collections.abc import Sequence

from django.conf import settings

from sop import months

THIN = "\u2009\u2060"  # a thin space that does not break
MINUS = "\u2212"
UNKNOWN = "–"
WITH_CENTS_BELOW = 100
EXACT_BELOW = 10_000
WHOLE = 0.05
MILLION = 1_000_000
PLAIN_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
PLAIN_MINUS = re.compile(r"(?<![\w.])-(?=\d)")


def units(value: float | None, decimals: int = 0) -> str:
    """12 766"""
    if value is None:
        return UNKNOWN
    text = f"{abs(value):,.{decimals}f}".replace(",", THIN)
    return text if value >= 0 or not float(f"{abs(value):.{decimals}f}") else MINUS + text


def typeset(text: str) -> str:
    """A sentence with plain figures, such as the log keeps: -5,032 becomes −5 032."""
    return PLAIN_MINUS.sub(MINUS, PLAIN_THOUSANDS.sub(THIN, text))


def exact(value: float | None) -> str:
    """12 766, and 12.4 where whole units would hide something."""
    return units(value, 0 if value is None or abs(value - round(value)) < WHOLE else 1)


def money(value: float | None) -> str:
    """€ 747 k from ten thousand up, whole below, with cents under a hundred."""
    if value is None:
        return UNKNOWN
    size = abs(value)
    if size >= MILLION:
        text = f"{units(size / MILLION, 2)}{THIN}M"
    elif size >= EXACT_BELOW:
        text = f"{units(size / 1000)}{THIN}k"
    else:
        text = units(size, 0 if size >= WITH_CENTS_BELOW or size == int(size) else 2)
    return f"{MINUS if value < 0 else ''}{settings.CURRENCY}{THIN}{text}"


def difference(value: float, text: str) -> str:
    """The sign of a difference is always written."""
    return text if value < 0 else f"+{text}" if value > 0 else f"±{text}"


def percent(fraction: float | None, decimals: int = 1) -> str:
    """−4.4 %"""
    return UNKNOWN if fraction is None else f"{units(100 * fraction, decimals)}{THIN}%"


def day(date: dt.date) -> str:
    """Thu 10 Dec"""
    return f"{date:%a} {date.day} {date:%b}"


def month(code: str) -> str:
    """Apr 28, of 2028-04"""
    return months.short(months.parse(code))


def short_day(date: dt.date) -> str:
    """10 Dec"""
    return f"{date.day} {date:%b}"


def listed(names: list[str], most: int = 4) -> str:
    """A, B and C; a long list is cut with how many more there are."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def counted(count: int, noun: str, plural: str = "") -> str:
    """1 gate, 2 gates"""
    return f"{units(count)} {noun if count == 1 else plural or f'{noun}s'}"


def hundredths(shares: Sequence[float]) -> list[int]:
    """Shares of a whole as whole percentages that add up to 100; the largest remainders are rounded up."""
    exact = [100 * share for share in shares]
    whole = [int(value) for value in exact]
    order = sorted(range(len(exact)), key=lambda at: whole[at] - exact[at])
    for at in order[: round(sum(exact)) - sum(whole)]:
        whole[at] += 1
    return whole
