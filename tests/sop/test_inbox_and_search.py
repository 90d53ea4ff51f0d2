"""The inbox and the search on every page: one's own lines, and what one may open."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from planning.models import Assumption
from sop.actions.notify import notify
from sop.models import Market, Notification, User
from sop.queries import inbox
from sop.queries.search import find
from tests.factories import (
    make_coordinator,
    make_cycle,
    make_demand_planner,
    make_family,
    make_market,
    make_outsider,
    make_product,
    make_series,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def dan() -> User:
    return make_demand_planner()


def get(user: User, address: str) -> Any:
    client = Client()
    client.force_login(user)
    return client.get(address)


# --- Inbox ------------------------------------------------------------------------------------------------------------


def test_the_inbox_shows_ones_own_lines_and_the_bell_counts_them(dan: User) -> None:
    notify([dan], kind="x.y", text="Sara mentioned you on <b>Bikes</b>", url="/demand/")
    notify([make_user("tom")], kind="x.y", text="for Tom alone")
    page = get(dan, "/inbox/").content.decode()
    assert "Sara mentioned you on &lt;b&gt;Bikes&lt;/b&gt;" in page
    assert "for Tom alone" not in page
    assert 'aria-label="Inbox, 1 unread"' in page
    assert "Sara mentioned you" in get(dan, "/inbox/latest/").content.decode()


def test_an_empty_inbox_says_what_it_is_for(dan: User) -> None:
    assert "choose Follow" in get(dan, "/inbox/").content.decode()


def test_opening_a_line_leads_there_and_marks_it_read(dan: User) -> None:
    notify([dan], kind="x.y", text="look", url="/demand/?row=total#comment-3")
    [line] = inbox.notifications(dan)
    assert get(dan, f"/inbox/{line.pk}/").headers["Location"] == "/demand/?row=total#comment-3"
    assert inbox.unread(dan) == 0


def test_a_line_never_leads_to_another_site_nor_to_somebody_elses(dan: User) -> None:
    line = Notification.objects.create(user=dan, kind="x.y", text="trap", url="https://evil.example/")
    assert get(dan, f"/inbox/{line.pk}/").headers["Location"] == "/inbox/"
    assert get(make_user("tom"), f"/inbox/{line.pk}/").status_code == 404


def test_all_is_read_with_one_button(dan: User) -> None:
    for number in range(3):
        notify([dan], kind="x.y", text="look", url=f"/{number}")
    client = Client()
    client.force_login(dan)
    assert client.post("/inbox/read/").status_code == 302
    assert inbox.unread(dan) == 0
    assert client.get("/inbox/read/").status_code == 405


def test_an_outsider_has_no_inbox_and_nobody_is_sent_to_log_in(dan: User) -> None:
    for address in ("/inbox/", "/inbox/latest/", "/search/?q=b"):
        assert get(make_outsider(f"otto{address}"[:20]), address).status_code == 403
        assert Client().get(address).status_code == 302


def test_the_api_lists_ones_own_lines(dan: User) -> None:
    notify([dan], kind="comment.mentioned", text="look", url="/demand/")
    notify([make_user("tom")], kind="x.y", text="for Tom alone")
    rows = get(dan, "/api/v1/notifications/?unread=true").json()["results"]
    assert [(row["text"], row["kind"], row["read_at"]) for row in rows] == [("look", "comment.mentioned", None)]
    assert get(make_outsider(), "/api/v1/notifications/").status_code == 403


# --- Search -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def north() -> Market:
    bikes, parts, north = make_family("bikes"), make_family("parts"), make_market("north")
    south = make_market("south")
    for code, name, family, market in (
        ("FJ-500", "Fjell 500", bikes, north),
        ("BELL", "Bell for Fjell", parts, north),
        ("X-FJ", "Sattel", bikes, north),
        ("FJ-900", "Fjell 900", bikes, south),
    ):
        product = make_product(code, family)
        product.name = name
        product.save()
        make_series(product, market)
    return north


def assume(name: str, family: str) -> None:
    june = dt.date(2026, 6, 1)
    Assumption.objects.create(name=name, family=make_family(family), first_month=june, last_month=june, effect=0.1)


def names(user: User, text: str, kind: str = "Products") -> list[str]:
    return [found.name for found in find(user, text) if found.kind == kind]


def test_products_are_found_by_code_and_name_the_best_first(dan: User, north: Market) -> None:
    assert names(dan, "fj") == ["Fjell 500", "Fjell 900", "Bell for Fjell", "Sattel"]
    assert names(dan, "x-fj") == ["Sattel"]
    assert names(dan, "  FJELL   9 ") == ["Fjell 900"]
    assert names(dan, "%") == names(dan, "") == []


def test_each_opens_the_page_it_is_planned_on(dan: User, north: Market) -> None:
    make_cycle(dt.date(2026, 6, 1))
    assume("Dealer fair", "bikes")
    texts = ("fjell 5", "bikes", "north", "dem", "june", "fair")
    found = {(each.kind, each.name): each.url for text in texts for each in find(dan, text)}
    assert found == {
        ("Products", "Fjell 500"): "/demand/?row=product%3AFJ-500",
        ("Families", "Bikes"): "/demand/?row=family%3Abikes",
        ("Markets", "North"): "/demand/?market=north",
        ("Pages", "Demand"): "/demand/",
        ("Cycles", "June 2026"): "/?cycle=2026-06",
        ("Assumptions", "Dealer fair"): "/demand/?row=family%3Abikes&month=2026-06",
    }


def test_nothing_outside_ones_families_and_markets_is_found(north: Market) -> None:
    assume("Parts fair", "parts")
    bob = make_user("bob", families=[make_family("bikes")], markets=[north])
    assert names(bob, "fj") == ["Fjell 500", "Sattel"]
    assert names(bob, "a", "Families") == names(bob, "south", "Markets") == names(bob, "fair", "Assumptions") == []
    assert names(make_coordinator(), "fair", "Assumptions") == ["Parts fair"]


def test_the_answer_is_text_for_the_dialog(dan: User, north: Market) -> None:
    answer = get(dan, "/search/?q=bell").json()
    assert answer == {
        "found": [{"kind": "Products", "name": "Bell for Fjell", "url": "/demand/?row=product%3ABELL", "code": "BELL"}]
    }
