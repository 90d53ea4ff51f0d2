"""Figures and days in templates, written as everywhere."""

import datetime as dt

from django import template

from sop import words

register = template.Library()


@register.filter
def money(value: float | None) -> str:
    return words.money(value)


@register.filter
def signed_money(value: float) -> str:
    return words.difference(value, words.money(value))


@register.filter
def units(value: float | None, decimals: int = 0) -> str:
    return words.units(value, decimals)


@register.filter
def units_exact(value: float | None) -> str:
    return words.exact(value)


@register.filter
def signed_exact(value: float) -> str:
    return words.difference(value, words.exact(value))


@register.filter
def signed_units(value: float) -> str:
    return words.difference(value, words.units(value))


@register.filter
def percent(value: float | None, decimals: int = 1) -> str:
    return words.percent(value, decimals)


@register.filter
def signed_percent(value: float) -> str:
    return words.difference(value, words.percent(value))


@register.filter
def whole_percent(value: float) -> str:
    return words.percent(value, 0)


@register.filter
def day(value: dt.date) -> str:
    return words.day(value)


@register.filter
def month(code: str) -> str:
    return words.month(code)


@register.filter
def short_day(value: dt.date) -> str:
    return words.short_day(value)


@register.filter
def typeset(text: str) -> str:
    return words.typeset(text)
