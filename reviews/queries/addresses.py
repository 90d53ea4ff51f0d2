"""Where a figure leads to."""

from django.urls import NoReverseMatch, reverse


def address(name: str, *args: str | int) -> str:
    """The address of a page, or nothing when this installation has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
