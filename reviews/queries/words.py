"""How figures and days are written on screen: thin spaces, a real minus, the sign of a difference, the currency."""

import datetime as dt

from django.conf import settings
from django.urls import NoReverseMatch, reverse

THIN = "\u2009\u2060"  # a thin space that does not break
MINUS = "\u2212"
EXACT_BELOW = 10_000
MILLION = 1_000_000


def units(value: float, decimals: int = 0) -> str:
    """12 766"""
    text = f"{abs(value):,.{decimals}f}".replace(",", THIN)
    return text if value >= 0 or not float(f"{abs(value):.{decimals}f}") else MINUS + text


def money(value: float) -> str:
    """€ 747 k; exact below ten thousand."""
    size = abs(value)
    sign = MINUS if value < 0 else ""
    currency = getattr(settings, "CURRENCY", "€")
    if size >= MILLION:
        return f"{sign}{currency}{THIN}{size / MILLION:.2f}{THIN}M"
    if size >= EXACT_BELOW:
        return f"{sign}{currency}{THIN}{units(size / 1000)}{THIN}k"
    return f"{sign}{currency}{THIN}{units(size)}"


def difference(value: float, text: str) -> str:
    """The sign of a difference is always written."""
    return text if value < 0 else f"+{text}" if value > 0 else f"±{text}"


def percent(fraction: float, decimals: int = 1) -> str:
    """−4.4 %"""
    return f"{units(100 * fraction, decimals)}{THIN}%"


def day(date: dt.date) -> str:
    """Thu 10 Dec"""
    return f"{date:%a} {date.day} {date:%b}"


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


def address(name: str, *args: str | int) -> str:
    """The address of a page, or nothing when this installation has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
