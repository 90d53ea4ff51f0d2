"""Saved views: a page with its filters under a name, one's own or shared, and never a way around one's rights."""

import pytest
from django.test import Client

from planning.actions.saved_views import change_view, delete_view, save_view
from planning.models import SavedView
from planning.queries.saved_views import listed
from sop.errors import Conflict, NotAllowed, NotFound, PlanningError
from sop.models import User
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
DEMAND = "planning:demand"


class Company:
    """A planner who sees all, and colleagues who see the north, or no money."""

    def __init__(self) -> None:
        self.planner = make.make_demand_planner()
        self.bikes, self.parts = make.make_family("bikes"), make.make_family("parts")
        self.north, self.south = make.make_market("north"), make.make_market("south")
        self.northern = make.make_user("nora", "sales", markets=[self.north], families=[self.bikes])
        self.blind = make.make_user("ben", "sales", money=False)

    def save(self, name: str, query: str = "", shared: bool = True, by: User | None = None) -> SavedView:
        return save_view(page=DEMAND, name=name, query=query, shared=shared, by=by or self.planner)

    def names(self, user: User) -> list[str]:
        return [kept.view.name for kept in listed(DEMAND, user, "")]


@pytest.fixture
def company() -> Company:
    return Company()


def test_a_view_is_a_link_to_the_page_as_it_was(company: Company) -> None:
    company.save("Spring", "unit=revenue&family=bikes&past=3&cycle=2026-06&market=")
    [kept] = listed(DEMAND, company.planner, "past=3&family=bikes&unit=revenue")
    assert kept.url == "/demand/?family=bikes&past=3&unit=revenue"
    assert kept.mine
    assert kept.current, "whatever the order of its filters"


def test_ones_own_stay_with_oneself_and_shared_ones_are_everybodys(company: Company) -> None:
    company.save("Mine", shared=False)
    company.save("Ours")
    assert company.names(company.planner) == ["Mine", "Ours"]
    assert company.names(company.northern) == ["Ours"]


def test_a_shared_view_is_listed_only_for_those_who_may_see_what_it_shows(company: Company) -> None:
    company.save("Bikes", "family=bikes")
    company.save("Parts", "family=parts")
    company.save("South", "market=south")
    company.save("Money", "unit=margin")
    assert company.names(company.planner) == ["Bikes", "Money", "Parts", "South"]
    assert company.names(company.northern) == ["Bikes", "Money"]
    assert company.names(company.blind) == ["Bikes", "Parts", "South"]
    company.save("Elsewhere", "family=parts", by=company.northern)
    assert "Elsewhere" in company.names(company.northern), "their own stay theirs to delete"


def test_only_the_owner_renames_shares_and_deletes(company: Company) -> None:
    view = company.save("Spring")
    for act in (lambda: change_view(view=view, name="X", shared=True, by=company.northern),
                lambda: delete_view(view=view, by=company.northern)):  # fmt: skip
        with pytest.raises(NotFound):
            act()
    change_view(view=view, name="  Spring   decisions ", shared=False, by=company.planner)
    assert company.names(company.planner) == ["Spring decisions"]
    assert company.names(company.northern) == []
    delete_view(view=view, by=company.planner)
    assert company.names(company.planner) == []


def test_a_view_needs_a_name_of_its_own_and_a_page_that_keeps_views(company: Company) -> None:
    company.save("Spring")
    with pytest.raises(Conflict, match="already"):
        company.save("Spring")
    with pytest.raises(PlanningError, match="a name"):
        company.save("  ")
    with pytest.raises(PlanningError, match="at most 80"):
        company.save("x" * 81)
    with pytest.raises(PlanningError, match="Choose fewer"):
        company.save("Long", "family=" + "x" * 1_000)
    with pytest.raises(PlanningError, match="Demand, Supply, Performance"):
        save_view(page="https://elsewhere", name="X", query="", shared=True, by=company.planner)
    with pytest.raises(NotAllowed):
        company.save("Mine", by=make.make_outsider())


def test_the_menu_saves_changes_and_deletes(company: Company) -> None:
    client = Client()
    client.force_login(company.planner)
    posted = client.post("/views/", {"page": DEMAND, "name": "Spring", "query": "family=bikes"})
    assert (posted.status_code, posted["Location"]) == (302, "/demand/?family=bikes")
    view = SavedView.objects.get()
    client.post("/views/", {"page": "planning:supply", "name": "Tight", "query": ""})
    assert b"Tight" in client.get("/supply/").content
    SavedView.objects.get(name="Tight").delete()
    client.post(f"/views/{view.pk}/", {"name": "Autumn", "shared": "1"})
    view.refresh_from_db()
    assert (view.name, view.shared) == ("Autumn", True)
    other = Client()
    other.force_login(company.northern)
    assert other.post(f"/views/{view.pk}/", {"delete": "1"}).status_code == 404
    client.post(f"/views/{view.pk}/", {"delete": "1"})
    assert not SavedView.objects.exists()
    assert Client().post("/views/", {"page": DEMAND, "name": "X"}).status_code == 302
    outsider = Client()
    outsider.force_login(make.make_outsider())
    assert outsider.post("/views/", {"page": DEMAND, "name": "X"}).status_code == 403
