"""Numbers as the screens write them: thin spaces that do not break, a real minus, k and M for money."""

from django import template
from django.conf import settings

register = template.Library()

THIN = "\u2009\u2060"
MINUS = "\u2212"
PERCENT = 100
HUNDRED, THOUSAND, TEN_THOUSAND, MILLION = 100, 1_000, 10_000, 1_000_000


@register.filter
def units(value: float | None, decimals: int = 0) -> str:
    """`12 766`; a dash for what is not known."""
    if value is None:
        return "–"
    rounded = round(value, decimals)
    text = f"{abs(rounded):,.{decimals}f}".replace(",", THIN)
    return f"{MINUS}{text}" if rounded < 0 else text


@register.filter
def money(value: float | None) -> str:
    """`€ 747 k` and `€ 2.07 M` from ten thousand up, whole units below, cents under a hundred."""
    if value is None:
        return "–"
    size, sign = abs(value), MINUS if value < 0 else ""
    if size >= MILLION:
        text = f"{units(size / MILLION, 2)}{THIN}M"
    else:
        text = f"{units(size / THOUSAND)}{THIN}k" if size >= TEN_THOUSAND else units(size, 0 if size >= HUNDRED else 2)
    return f"{sign}{getattr(settings, 'CURRENCY', '€')}{THIN}{text}"


@register.filter
def percent(share: float | None, decimals: int = 1) -> str:
    """A share as `94.6 %`."""
    return "–" if share is None else f"{units(PERCENT * share, decimals)}{THIN}%"
