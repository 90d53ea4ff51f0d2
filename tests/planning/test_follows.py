"""Following a row: one line for each thing that happens there, as far as one sees it, and never of one's own doing."""

import datetime as dt
import time

import numpy as np
import pandas as pd
import pytest
from django.test import Client

from planning.actions import comments, follows
from planning.models import Follow
from sop import words
from sop.errors import NotAllowed, NotFound
from sop.models import User
from sop.queries import inbox
from tests import factories as make
from tests.planning.test_demand_page import Company

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def company() -> Company:
    return Company()


@pytest.fixture
def sara(company: Company) -> User:
    """Sells in the north."""
    return make.make_user("sara", markets=[company.north])


def edit(company: Company, row: str, *months: str) -> None:
    cells = [{"row": row, "month": month, "entry": 40} for month in months]
    assert company.post(company.planner, "edits", {"cells": cells, "reason": "A fair"}).status_code == 200


def lines(user: User) -> list[tuple[str, str]]:
    return [(line.text, line.url) for line in inbox.notifications(user)]


def test_one_hears_how_much_of_ones_row_was_changed_and_where_to_look(company: Company) -> None:
    tom = make.make_user("tom")
    follows.follow(row="family:bikes", by=tom)
    edit(company, "product:city", "2026-07", "2026-08")
    assert lines(tom) == [("Dan changed 4 cells of Bikes", "/demand/?cycle=2026-06&row=family%3Abikes")]


def test_only_cells_in_ones_scope_count_and_none_says_nothing(company: Company, sara: User) -> None:
    follows.follow(row="product:city", by=sara)
    edit(company, "product:city", "2026-07")
    assert [text for text, _ in lines(sara)] == ["Dan changed 1 cell of Product city"]
    inbox.notifications(sara).delete()
    edit(company, f"series:{company.series['city-south'].pk}", "2026-07")
    edit(company, "product:race", "2026-07")
    assert lines(sara) == []


def test_who_follows_several_rows_hears_once_of_a_change(company: Company) -> None:
    tom = make.make_user("tom")
    for row in ("product:city", "total", f"series:{company.series['city-north'].pk}"):
        follows.follow(row=row, by=tom)
    edit(company, "product:city", "2026-07")
    assert [text for text, _ in lines(tom)] == ["Dan changed 2 cells of Product city"]


def test_a_row_of_one_market_is_told_by_product_and_market(company: Company, sara: User) -> None:
    follows.follow(row=f"series:{company.series['city-north'].pk}", by=sara)
    edit(company, f"series:{company.series['city-north'].pk}", "2026-07")
    assert [text for text, _ in lines(sara)] == ["Dan changed 1 cell of Product city, North"]


def test_nobody_hears_of_their_own_changes(company: Company) -> None:
    follows.follow(row="total", by=company.planner)
    edit(company, "product:city", "2026-07")
    assert lines(company.planner) == []


def test_a_department_speaks_under_its_name_and_an_undone_edit_is_told(company: Company) -> None:
    make.make_stream("sales")
    tom, seller = make.make_user("tom"), make.make_user("sid")
    follows.follow(row="total", by=tom)
    cells = [{"row": "product:city/measure:sales", "month": "2026-07", "entry": 40}]
    change_set = company.post(seller, "edits", {"cells": cells, "reason": "A fair"}).json()["change_set"]
    assert [text for text, _ in lines(tom)] == ["Sid changed 2 cells of All families (Sales)"]
    assert company.post(seller, "undo", {"change_set": change_set}).status_code == 200
    assert [text for text, _ in lines(tom)] == ["Sid took back 2 cells of All families (Sales)"]


def test_what_is_said_on_a_row_or_below_it_is_told_and_what_is_said_above_is_not(company: Company) -> None:
    tom, ann = make.make_user("tom"), make.make_user("ann")
    follows.follow(row="family:bikes", by=tom)
    follows.follow(row="product:city", by=ann)
    comments.add(cycle=company.plan.cycle, row="family:bikes", body="hello", by=company.planner)
    assert [text for text, _ in lines(tom)] == ["Dan commented on Bikes"]
    assert lines(ann) == []
    comments.add(cycle=company.plan.cycle, row="product:city", body="hello @ann", by=company.planner)
    assert next(text for text, _ in lines(tom)) == "Dan commented on Product city"
    assert [text for text, _ in lines(ann)] == ["Dan mentioned you on Product city"]


def test_a_follower_who_lost_the_row_hears_no_more_of_it(company: Company, sara: User) -> None:
    Follow.objects.create(user=sara, row=f"series:{company.series['city-south'].pk}")
    Follow.objects.create(user=make.make_outsider(), row="total")
    south = f"series:{company.series['city-south'].pk}"
    edit(company, south, "2026-07")
    comments.add(cycle=company.plan.cycle, row=south, body="hello", by=company.planner)
    assert lines(sara) == lines(User.objects.get(username="otto")) == []


def test_following_begins_and_ends_by_the_button_for_rows_in_sight(company: Company, sara: User) -> None:
    client = Client()
    client.force_login(sara)
    address = f"/demand/{company.plan.pk}/follow/?row=family:bikes"
    assert "Following" in client.post(address).content.decode()
    assert [each.row for each in Follow.objects.filter(user=sara)] == ["family:bikes"]
    assert "Following" not in client.post(address, {"stop": "1"}).content.decode()
    assert not Follow.objects.exists()
    with pytest.raises(NotFound):
        follows.follow(row=f"series:{company.series['city-south'].pk}", by=sara)
    with pytest.raises(NotAllowed):
        follows.follow(row="total", by=make.make_outsider())


def test_a_change_of_the_whole_portfolio_is_told_in_a_moment(company: Company) -> None:
    families = [make.make_family(f"f{number}") for number in range(40)]
    for number in range(30):
        user = make.make_user(f"u{number}", families=families[number : number + 5])
        Follow.objects.create(user=user, row=f"family:f{number}")
    size = 20_000
    keys = np.arange(size)
    series = pd.DataFrame(
        {"series": keys, "product": keys, "market": keys % 20, "family": [families[n % 40].pk for n in range(size)]}
    )
    began = time.perf_counter()
    follows.tell_followers(
        cycle=make.make_cycle(dt.date(2027, 1, 1)),
        series=series,
        cells=np.full(size, 18),
        by=company.planner,
        kind="plan.edited",
    )
    assert time.perf_counter() - began < 1, "generous on a busy machine; tens of milliseconds on a quiet one"
    assert lines(User.objects.get(username="u3"))[0][0] == f"Dan changed {words.units(9_000)} cells of F3"
