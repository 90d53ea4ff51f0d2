"""The menu of saved views, for the toolbar of any page: `{% saved_views "planning:demand" %}`."""

from typing import Any

from django import template

from planning.queries import saved_views as queries
from sop.http import signed_in

register = template.Library()


@register.inclusion_tag("planning/_views.html", takes_context=True)
def saved_views(context: dict[str, Any], page: str) -> dict[str, Any]:
    """The views of a page that this person may open, and the form that keeps the present one. Three queries."""
    request = context["request"]
    query = request.GET.urlencode()
    kept = queries.listed(page, signed_in(request), query)
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "page": page,
        "query": query,
        "kept": kept,
        "current": next((each for each in kept if each.current), None),
    }
