"""Keeping views of a page under a name. A view is a link; it shows nobody what they may not see."""

from django.db import IntegrityError, transaction

from planning.models import SavedView
from planning.queries import saved_views
from sop.actions import changes
from sop.errors import Conflict, NotFound, PlanningError
from sop.models import User
from sop.permissions import Verb, require

LONGEST_NAME, LONGEST_QUERY = 80, 1_000


@transaction.atomic
def save_view(*, page: str, name: str, query: str, shared: bool, by: User) -> SavedView:
    """Keep a page as it is shown now; a name that the owner has used for this page is refused."""
    require(by, Verb.VIEW)
    if page not in saved_views.PAGES:
        raise PlanningError(f"Views are kept of {', '.join(saved_views.PAGES.values())}.", status=400)
    query = saved_views.cleaned(query)
    if len(query) > LONGEST_QUERY:
        raise PlanningError("This view has too many filters to be kept. Choose fewer.")
    view = SavedView(page=page, name=_name(name), query=query, shared=shared, owner=by)
    _store(view)
    _log("saved", view, by)
    return view


@transaction.atomic
def change_view(*, view: SavedView, name: str, shared: bool, by: User) -> SavedView:
    """Give one's own view another name, share it, or keep it to oneself."""
    _require_own(view, by)
    view.name, view.shared = _name(name), shared
    _store(view)
    _log("changed", view, by)
    return view


@transaction.atomic
def delete_view(*, view: SavedView, by: User) -> None:
    """Remove one's own view."""
    _require_own(view, by)
    _log("deleted", view, by)
    view.delete()


def _name(name: str) -> str:
    if not (name := " ".join(name.split())):
        raise PlanningError("Give the view a name.")
    if len(name) > LONGEST_NAME:
        raise PlanningError(f"A view's name has at most {LONGEST_NAME} characters.")
    return name


def _store(view: SavedView) -> None:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        raise Conflict(f"You have a view named “{view.name}” already. Choose another name, or delete it.") from error


def _require_own(view: SavedView, by: User) -> None:
    require(by, Verb.VIEW)
    if view.owner_id != by.pk:
        raise NotFound("There is no such view of yours.")


def _log(verb: str, view: SavedView, by: User) -> None:
    """A private view's name is nobody else's business."""
    name = f" “{view.name}”" if view.shared else ""
    what = f"{verb.capitalize()} the view{name} of {saved_views.PAGES[view.page]}"
    changes.record(changes.What(f"view.{verb}", what, object=f"saved-view:{view.pk}"), by=by)
