"""Comments on the plan: heard up and down the hierarchy, by those whose scope reaches there, no one else."""

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client

from planning.actions import comments
from planning.models import Comment
from planning.queries.rows import Filters
from sop.errors import NotAllowed, NotFound, PlanningError
from sop.models import Change, Cycle, Notification, Product, User
from sop.permissions import scope
from sop.queries import inbox
from tests import factories as make
from tests.planning.test_demand_page import Company

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
JULY = dt.date(2026, 7, 1)


@pytest.fixture
def company() -> Company:
    return Company()


@pytest.fixture
def cycle(company: Company) -> Cycle:
    return company.plan.cycle


@pytest.fixture
def sara(company: Company) -> User:
    """Sells in the north."""
    return make.make_user("sara", markets=[company.north])


@pytest.fixture
def ben(company: Company) -> User:
    """Looks after parts, everywhere."""
    return make.make_user("ben", families=[make.make_family("parts")])


def say(
    company: Company, row: str, body: str, by: User | None = None, month: dt.date | None = None, market: str = ""
) -> Comment:
    by = by or company.planner
    filters = Filters(scope(by), market=market)
    return comments.add(cycle=company.plan.cycle, row=row, body=body, by=by, month=month, filters=filters)


def section(company: Company, user: User, row: str = "total", **query: object) -> str:
    answer = company.get(user, "comments", row=row, **query)
    assert answer.status_code == 200
    return answer.content.decode()


def row_of(company: Company, series: str) -> str:
    return f"series:{company.series[series].pk}"


def texts(user: User) -> list[str]:
    return [line.text for line in inbox.notifications(user)]


# --- Up and down ------------------------------------------------------------------------------------------------------


def test_a_comment_is_read_on_its_row_above_it_and_below_it(company: Company) -> None:
    say(company, "product:city", "New frame from July", month=JULY)
    for row in ("total", "family:bikes", "product:city", row_of(company, "city-north")):
        assert "New frame from July" in section(company, company.planner, row)
    for row in ("family:parts", "product:race", row_of(company, "race-north")):
        assert "New frame from July" not in section(company, company.planner, row)


def test_it_says_where_it_stands_seen_from_elsewhere(company: Company) -> None:
    say(company, row_of(company, "city-north"), "Dealer closes", month=JULY)
    assert "on City, North, Jul 26" in section(company, company.planner, "family:bikes").replace("Product city", "City")
    assert "on Jul 26," in section(company, company.planner, row_of(company, "city-north"))


def test_those_of_the_chosen_month_come_first_then_the_newest(company: Company) -> None:
    for body, month in (("old July", JULY), ("June", dt.date(2026, 6, 1)), ("row", None), ("new July", JULY)):
        say(company, "product:city", body, month=month)
    shown = section(company, company.planner, "product:city", month="2026-07")
    assert sorted(("old July", "June", "row", "new July"), key=lambda body: shown.index(f">{body}<")) == [
        "new July",
        "old July",
        "row",
        "June",
    ]


def test_a_comment_on_a_filtered_page_is_about_that_market(company: Company) -> None:
    answer = Client()
    answer.force_login(company.planner)
    address = f"/demand/{company.plan.pk}/comments/?row=family:bikes&market=north&month=2026-07"
    assert answer.post(address, {"body": "North only"}).status_code == 200
    [comment] = Comment.objects.all()
    assert (comment.family.code, comment.market.code, comment.month) == ("bikes", "north", JULY)
    assert "North only" in section(company, company.planner, row_of(company, "city-north"))
    assert "North only" not in section(company, company.planner, row_of(company, "city-south"))


def test_what_an_earlier_cycle_said_of_a_month_ahead_is_carried_over(company: Company) -> None:
    earlier = make.make_cycle(dt.date(2026, 5, 1))
    for month, body in ((JULY, "Fair in July"), (dt.date(2026, 5, 1), "Strike in May"), (None, "Nice row")):
        comments.add(cycle=earlier, row="family:bikes", body=body, by=company.planner, month=month)
    shown = section(company, company.planner, "family:bikes")
    assert "Fair in July" in shown
    assert "from the May 2026 cycle" in shown
    assert "Strike in May" not in shown
    assert "Nice row" not in shown


def test_many_comments_are_shown_in_part_and_all_on_request_in_a_few_queries(
    company: Company, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        say(company, "product:city", f"remark {number:02d}")
    assert "Show 5 older" in section(company, company.planner, "product:city")
    client = Client()
    client.force_login(company.planner)
    with django_assert_max_num_queries(15):
        shown = client.get(f"/demand/{company.plan.pk}/comments/?row=product:city&all=1").content.decode()
    assert "remark 00" in shown


# --- Who reads --------------------------------------------------------------------------------------------------------


def test_a_reader_hears_what_touches_their_part_and_nothing_else(company: Company, sara: User, ben: User) -> None:
    say(company, "total", "to all")
    say(company, "family:bikes", "on bikes")
    say(company, row_of(company, "bell-south"), "bell in the south")
    say(company, row_of(company, "city-north"), "city in the north")
    seen = section(company, sara)
    assert [body in seen for body in ("to all", "on bikes", "bell in the south", "city in the north")] == [1, 1, 0, 1]
    seen = section(company, ben)
    assert [body in seen for body in ("to all", "on bikes", "bell in the south", "city in the north")] == [1, 0, 1, 0]


def test_a_product_that_is_not_sold_in_ones_markets_is_not_heard_of(company: Company, sara: User) -> None:
    make.make_series(make.make_product("south-only", make.make_family("bikes")), company.south)
    say(company, "product:south-only", "secret launch")
    assert "secret launch" not in section(company, sara)


def test_whoever_sees_one_part_speaks_of_that_part(company: Company, sara: User, ben: User) -> None:
    """Sara sees the north: what she says of Bikes is said of Bikes in the north."""
    comment = say(company, "family:bikes", "mild winter", by=sara)
    assert (comment.row, comment.market) == ("family:bikes", company.north)
    assert say(company, "total", "late", by=ben).row == "family:parts"


def test_an_outsider_reads_nothing_and_a_colleague_no_row_outside(company: Company, ben: User) -> None:
    say(company, "total", "to all")
    assert company.get(make.make_outsider(), "comments", row="total").status_code == 403
    assert company.get(make.make_outsider("otis"), "people", row="total").status_code == 403
    assert company.get(ben, "comments", row="family:bikes").status_code == 404
    with pytest.raises(NotFound, match="outside your families"):
        say(company, "family:bikes", "hello", by=ben)


def test_who_only_looks_may_not_comment_but_reads(company: Company) -> None:
    viewer = make.make_user("vera", role="viewer")
    say(company, "total", "to all")
    shown = section(company, viewer)
    assert "to all" in shown
    assert "textarea" not in shown
    with pytest.raises(NotAllowed):
        say(company, "total", "me too", by=viewer)


def test_the_change_log_tells_of_it_only_where_it_is_read(company: Company) -> None:
    say(company, "family:bikes", "hello")
    say(company, row_of(company, "bell-south"), "hello")
    say(company, "total", "hello")
    said = [(change.families, change.markets) for change in Change.objects.filter(kind="comment.added").order_by("pk")]
    assert said == [(["bikes"], []), (["parts"], ["south"]), ([], [])]


# --- The mark in the grid ---------------------------------------------------------------------------------------------


def flags(company: Company, user: User, keys: str, **query: object) -> dict[str, dict[str, str]]:
    answer = company.get(user, "rows", keys=keys, **query).json()
    return {row["key"]: row["flags"] for row in answer["rows"]}


def test_cells_with_comments_are_marked_and_the_rows_above_them(company: Company, sara: User, ben: User) -> None:
    say(company, row_of(company, "city-north"), "hello", month=JULY)
    south = row_of(company, "city-south")
    keys = f"total,family:bikes,family:parts,product:city,{row_of(company, 'city-north')},{south}"
    marked = {key for key, of_row in flags(company, company.planner, keys).items() if of_row == {"2026-07": "nt"}}
    assert marked == set(keys.split(",")) - {"family:parts", south}
    assert flags(company, sara, "total") == {"total": {"2026-07": "nt"}}
    assert flags(company, ben, "total") == {"total": {}}
    assert flags(company, company.planner, "total", market="south") == {"total": {}}


def test_a_mark_stands_beside_others_and_goes_with_the_comment(company: Company) -> None:
    row = row_of(company, "city-north")
    cells = [{"row": row, "month": "2026-07", "entry": 21}]
    assert company.post(company.planner, "edits", {"cells": cells, "reason": "A fair"}).status_code == 200
    comment = say(company, row, "hello", month=JULY)
    assert flags(company, company.planner, row)[row] == {"2026-07": "ed nt"}
    comments.remove(comment=comment, by=company.planner)
    assert flags(company, company.planner, row)[row] == {"2026-07": "ed"}


# --- Naming people ----------------------------------------------------------------------------------------------------


def test_who_is_named_is_told_once_with_the_way_there_and_without_the_text(company: Company, sara: User) -> None:
    comment = say(company, "product:city", "What do you think, @Sara? @sara", month=JULY)
    [line] = inbox.notifications(sara)
    assert line.text == "Dan mentioned you on Product city, Jul 26"
    assert line.url == f"/demand/?cycle=2026-06&row=product%3Acity&month=2026-07#comment-{comment.pk}"
    assert line.kind == "comment.mentioned"


def test_naming_somebody_who_does_not_see_the_row_is_refused_and_nothing_is_said(company: Company, ben: User) -> None:
    make.make_outsider()
    with pytest.raises(PlanningError, match="Ben does not see Bikes in North"):
        say(company, "family:bikes", "cc @ben", market="north")
    with pytest.raises(PlanningError, match="otto does not see All families"):
        say(company, "total", "cc @otto")
    assert not Comment.objects.exists()
    assert not Notification.objects.exists()


def test_unknown_names_and_addresses_stay_text(company: Company, sara: User) -> None:
    say(company, "total", "Ask @nobody or info@sara")
    assert texts(sara) == []
    assert "cm-at" not in section(company, company.planner)


def test_names_are_offered_of_those_who_see_the_row(company: Company, sara: User, ben: User) -> None:
    make.make_outsider()
    offered = company.get(company.planner, "people", row="family:bikes").json()["people"]
    assert [person["username"] for person in offered] == ["dan", "sara"]
    assert {"username": "ben", "name": "Ben"} in company.get(company.planner, "people", row="total").json()["people"]


# --- Threads and one's own words --------------------------------------------------------------------------------------


def test_an_answer_stands_under_the_comment_and_is_told_to_those_who_spoke(company: Company, sara: User) -> None:
    first = say(company, "family:bikes", "Opinions?")
    answer = comments.reply(to=first, body="Fine with me", by=sara)
    comments.reply(to=answer, body="Good", by=company.planner)
    assert {each.parent for each in Comment.objects.filter(parent__isnull=False)} == {first}
    assert texts(company.planner) == ["Sara replied on Bikes"]
    assert texts(sara) == ["Dan replied on Bikes"]
    assert section(company, company.planner, "family:bikes").index("Opinions?") < section(
        company, company.planner, "family:bikes"
    ).index("Fine with me")


def test_one_cannot_answer_what_one_may_not_read(company: Company, ben: User) -> None:
    secret = say(company, "family:bikes", "secret")
    client = Client()
    client.force_login(ben)
    address = f"/demand/{company.plan.pk}/comments/?row=total"
    assert client.post(address, {"body": "?", "parent": secret.pk}).status_code == 404


def test_ones_own_words_can_be_changed_and_taken_back_leaving_a_trace(company: Company, sara: User) -> None:
    comment = say(company, "family:bikes", "Two hundred")
    comments.edit(comment=comment, body="Three hundred, @sara", by=company.planner)
    shown = section(company, company.planner, "family:bikes")
    assert "Three hundred" in shown
    assert ", edited" in shown
    assert texts(sara) == ["Dan mentioned you on Bikes"]
    with pytest.raises(NotAllowed, match="Reply instead"):
        comments.remove(comment=comment, by=sara)
    comments.remove(comment=comment, by=company.planner)
    shown = section(company, company.planner, "family:bikes")
    assert "Removed by Dan" in shown
    assert "hundred" not in shown
    assert "hundred" not in json.dumps([change.data for change in Change.objects.all()])
    with pytest.raises(NotFound):
        comments.edit(comment=comment, body="again", by=company.planner)


@pytest.mark.parametrize("body", ["", "  \n ", "x" * 4_001], ids=["empty", "blank", "too-long"])
def test_an_empty_or_endless_comment_is_refused(company: Company, body: str) -> None:
    with pytest.raises(PlanningError):
        say(company, "total", body)


def test_a_month_outside_the_plan_is_refused(company: Company) -> None:
    with pytest.raises(PlanningError, match="not a month of this plan"):
        say(company, "total", "?", month=dt.date(2031, 1, 1))


def test_what_is_written_is_shown_as_text(company: Company) -> None:
    say(company, "total", '<script>alert("x")</script> @dan <b>')
    Product.objects.filter(code="city").update(name="<img src=x onerror=alert(1)>")
    say(company, "product:city", "hello")
    shown = section(company, company.planner)
    assert "<script" not in shown
    assert "<img" not in shown
    assert "&lt;script&gt;" in shown
    assert '<span class="cm-at" title="Dan">@dan</span>' in shown


def test_a_refused_comment_is_told_in_words(company: Company, ben: User) -> None:
    client = Client()
    client.force_login(company.planner)
    address = f"/demand/{company.plan.pk}/comments/?row=family:bikes"
    answer = client.post(address, {"body": "cc @ben"}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "Ben does not see Bikes." in answer.content.decode()
