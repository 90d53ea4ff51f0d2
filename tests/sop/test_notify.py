"""Who is told what: everybody who should know, once, and nobody who may not."""

from typing import Any

import pytest

from sop.actions.notify import mark_read, notify
from sop.models import Notification, User
from sop.permissions import Verb, can, prepare, scope
from sop.queries import inbox
from tests.factories import make_demand_planner, make_family, make_market, make_outsider, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def dan() -> User:
    return make_demand_planner()


def test_everybody_named_is_told_but_the_one_who_did_it(dan: User) -> None:
    sara, tom = make_user("sara"), make_user("tom")
    told = notify([sara, tom, dan], kind="comment.added", text="Dan commented on Bikes", url="/demand/", actor=dan)
    assert told == [sara, tom]
    [line] = inbox.notifications(sara)
    assert (line.text, line.url, line.actor, line.read_at) == ("Dan commented on Bikes", "/demand/", dan, None)
    assert inbox.unread(dan) == 0


def test_who_has_no_role_or_is_gone_is_not_told(dan: User) -> None:
    gone = make_user("gone")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert notify([make_outsider(), User.objects.get(pk=gone.pk)], kind="x.y", text="Secret") == []
    assert not Notification.objects.exists()


def test_an_unread_line_gives_way_to_the_newer_one_of_its_kind_and_address(dan: User) -> None:
    for text in ("Dan changed 1 cell", "Dan changed 5 cells"):
        notify([dan], kind="plan.changed", text=text, url="/demand/?row=total")
    notify([dan], kind="plan.changed", text="elsewhere", url="/demand/")
    assert [line.text for line in inbox.notifications(dan)] == ["elsewhere", "Dan changed 5 cells"]


def test_a_line_that_was_read_stays_beside_the_new_one(dan: User) -> None:
    notify([dan], kind="plan.changed", text="first", url="/demand/")
    assert mark_read(by=dan) == 1
    notify([dan], kind="plan.changed", text="second", url="/demand/")
    assert [line.text for line in inbox.notifications(dan)] == ["second", "first"]
    assert inbox.unread(dan) == 1


def test_only_ones_own_lines_can_be_marked_read(dan: User) -> None:
    notify([dan], kind="x.y", text="for Dan")
    [line] = inbox.notifications(dan)
    assert mark_read(by=make_user("sara"), notification=line) == 0
    assert mark_read(by=dan, notification=line) == 1
    assert inbox.unread(dan) == 0


def test_unread_lines_are_counted_for_many_people_at_once(dan: User, django_assert_num_queries: Any) -> None:
    sara = make_user("sara")
    notify([dan, sara], kind="x.y", text="both")
    notify([dan], kind="x.z", text="Dan")
    with django_assert_num_queries(1):
        assert inbox.unread_of([dan.pk, sara.pk, 999]) == {dan.pk: 2, sara.pk: 1}


def test_telling_many_people_takes_no_more_queries_than_telling_two(dan: User) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for size in (2, 12):
        people = [make_user(f"p{size}-{number}", families=[make_family()]) for number in range(size)]
        with CaptureQueriesContext(
            connection,
        ) as asked:
            notify(people, kind="x.y", text="to many", actor=dan)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_what_many_people_may_and_see_is_read_at_once(dan: User, django_assert_num_queries: Any) -> None:
    bikes = make_family("bikes")
    race, north = make_family("race", bikes), make_market("north")
    people = [make_user("sara", families=[bikes], markets=[north]), make_user("tom"), make_outsider(), dan]
    alone = [(can(user, Verb.COMMENT), scope(user)) for user in people]
    fresh = list(User.objects.order_by("pk"))
    with django_assert_num_queries(5):
        together = {user.username: (can(user, Verb.COMMENT), scope(user)) for user in prepare(fresh)}
    assert [together[user.username] for user in people] == alone
    assert together["sara"][1].families == {bikes.pk, race.pk}
