"""Who may do what, and what they see: the whole table, and what memberships add up to."""

import pytest
from django.contrib.auth.models import AnonymousUser

from sop.errors import NotAllowed
from sop.models import Change, Family, Market, Membership, Series, User
from sop.permissions import EVERYTHING, NOTHING, Verb, can, descendants, require, scope, visible_changes
from tests.factories import (
    make_department,
    make_family,
    make_market,
    make_outsider,
    make_product,
    make_series,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

# One column per kind of person; x: may.
PEOPLE = {
    "coordinator": ("sop-office", "coordinator"),
    "demand": ("demand-planning", "planner"),
    "operations": ("operations", "planner"),
    "sales": ("sales", "contributor"),
    "executive": ("management", "executive"),
    "viewer": ("sop-office", "viewer"),
    "system": ("it", "integration"),
}
TABLE = """
                 coordinator demand operations sales executive viewer system admin outsider
VIEW                  x         x       x        x       x        x      x     x      -
EDIT_CONSENSUS        x         x       -        -       -        -      -     x      -
ENTER_STREAM          x         x       x        x       -        -      -     -      -
ASSUME                x         x       x        x       -        -      -     x      -
COMMENT               x         x       x        x       x        -      -     x      -
BREAK_FENCE           x         -       -        -       x        -      -     -      -
RUN_FORECAST          x         x       -        -       -        -      -     x      -
PLAN_SUPPLY           x         -       x        -       -        -      -     x      -
MODEL                 x         x       x        x       -        -      -     x      -
IMPORT                x         -       -        -       -        -      -     x      -
POST_ACTUALS          x         -       -        -       -        -      x     x      -
EDIT_MASTER_DATA      x         -       -        -       -        -      -     x      -
OPEN_CYCLE            x         -       -        -       -        -      -     x      -
SIGN                  x         x       x        x       x        -      -     -      -
DECIDE                x         x       x        -       x        -      -     x      -
ACT                   x         x       x        x       x        -      -     x      -
APPROVE               -         -       -        -       x        -      -     -      -
ADMINISTER            -         -       -        -       -        -      -     x      -
"""
HEAD, *LINES = [line.split() for line in TABLE.strip().splitlines()]


def person(name: str) -> User:
    if name == "admin":
        return User.objects.create_superuser("admin")
    return make_user(name, *PEOPLE[name]) if name in PEOPLE else make_outsider()


@pytest.mark.parametrize("name", HEAD)
def test_each_role_may_what_the_table_says(name: str) -> None:
    user = person(name)
    column = 1 + HEAD.index(name)
    assert {verb.name for verb in Verb if can(user, verb)} == {line[0] for line in LINES if line[column] == "x"}


def test_the_table_leaves_no_verb_out() -> None:
    assert [line[0] for line in LINES] == [verb.name for verb in Verb]


@pytest.mark.parametrize("verb", Verb)
def test_nobody_and_who_was_locked_out_may_nothing(verb: Verb) -> None:
    former = make_user("fay", "management", "executive")
    former_admin = User.objects.create_superuser("root")
    for user in (former, former_admin):
        user.is_active = False
        user.save()
    assert not can(AnonymousUser(), verb)
    assert not can(former, verb)
    assert not can(former_admin, verb)


def test_one_speaks_for_ones_own_department_only() -> None:
    seller = make_user("sal", "sales", "contributor")
    assert can(seller, Verb.SIGN, department=make_department("sales"))
    assert not can(seller, Verb.SIGN, department=make_department("finance"))
    with pytest.raises(NotAllowed, match=r"sign for this department \(Finance\)"):
        require(seller, Verb.SIGN, department=make_department("finance"))


def test_an_administrator_signs_for_a_department_only_as_its_member() -> None:
    admin = User.objects.create_superuser("admin")
    sales, finance = make_department("sales"), make_department("finance")
    with pytest.raises(NotAllowed):
        require(admin, Verb.SIGN, department=sales)
    Membership.objects.create(user=admin, department=sales, role=Membership.Role.CONTRIBUTOR)
    admin = User.objects.get(pk=admin.pk)
    require(admin, Verb.SIGN, department=sales)
    assert not can(admin, Verb.SIGN, department=finance)
    assert not can(admin, Verb.APPROVE)


def test_a_person_may_what_any_of_their_memberships_allows() -> None:
    both = make_user("bo", "sales", "contributor")
    Membership.objects.create(user=both, department=make_department("operations"), role=Membership.Role.PLANNER)
    assert can(both, Verb.PLAN_SUPPLY)
    assert not can(both, Verb.RUN_FORECAST)
    assert not can(both, Verb.PLAN_SUPPLY, department=make_department("sales"))


# --- What one sees ----------------------------------------------------------------------------------------------------


@pytest.fixture
def trees() -> dict[str, Family | Market]:
    """bikes > road > race; gear. europe > north; asia."""
    bikes = make_family("bikes")
    road = make_family("road", bikes)
    europe = make_market("europe")
    made = [bikes, road, make_family("race", road), make_family("gear")]
    return {each.code: each for each in [*made, europe, make_market("north", europe), make_market("asia")]}


@pytest.fixture
def series(trees: dict[str, Family | Market]) -> list[Series]:
    products = [make_product(f"{code}-1", trees[code]) for code in ("road", "race", "gear")]
    return [make_series(product, trees[code]) for product in products for code in ("north", "asia")]


def seen(user: User) -> set[str]:
    found = Series.objects.filter(scope(user).series())
    return {f"{each.product.code}@{each.market.code}" for each in found.select_related("product", "market")}


ALL = {f"{product}@{market}" for product in ("road-1", "race-1", "gear-1") for market in ("north", "asia")}


@pytest.mark.usefixtures("series")
def test_who_is_given_no_families_or_markets_sees_all() -> None:
    assert seen(make_user("sal")) == ALL
    assert seen(User.objects.create_superuser("admin")) == ALL


@pytest.mark.usefixtures("series")
def test_a_family_or_market_stands_for_all_below_it(trees) -> None:
    assert seen(make_user("bob", families=[trees["bikes"]])) == {each for each in ALL if each.startswith("r")}
    assert seen(make_user("eva", markets=[trees["europe"]])) == {each for each in ALL if each.endswith("north")}
    assert seen(make_user("ann", families=[trees["race"]], markets=[trees["asia"]])) == {"race-1@asia"}


@pytest.mark.usefixtures("series")
def test_memberships_add_up(trees) -> None:
    both = make_user("bo", families=[trees["race"]])
    second = Membership.objects.create(user=both, department=make_department("finance"), role="viewer")
    second.families.add(trees["gear"])
    assert seen(User.objects.get(pk=both.pk)) == {"race-1@north", "race-1@asia", "gear-1@north", "gear-1@asia"}
    second.families.clear()
    assert seen(User.objects.get(pk=both.pk)) == ALL, "a membership that names none means all"


@pytest.mark.usefixtures("series")
def test_an_outsider_and_nobody_see_nothing() -> None:
    assert scope(make_outsider()) == scope(AnonymousUser()) == NOTHING
    assert seen(make_outsider("olga")) == set()


def test_money_is_seen_by_who_has_one_membership_that_shows_it() -> None:
    user = make_user("sal", money=False)
    assert not scope(user).sees_money
    Membership.objects.create(user=user, department=make_department("finance"), role="viewer", sees_money=True)
    assert scope(User.objects.get(pk=user.pk)).sees_money
    assert EVERYTHING.sees_money
    assert not scope(make_outsider()).sees_money


def test_a_tree_is_walked_in_one_query(trees, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        found = descendants(Family, [trees["bikes"].pk])
    assert found == {trees[code].pk for code in ("bikes", "road", "race")}


def test_a_tree_that_bites_its_tail_is_walked_to_an_end(trees) -> None:
    Family.objects.filter(code="bikes").update(parent=trees["race"])
    assert descendants(Family, [trees["road"].pk]) == {trees[code].pk for code in ("bikes", "road", "race")}


def test_changes_are_seen_where_they_touch_ones_scope(trees) -> None:
    for summary, families, markets in [
        ("cycle opened", [], []),
        ("race edited", ["race"], ["north"]),
        ("gear edited", ["gear"], ["north"]),
        ("road and gear in asia", ["road", "gear"], ["asia"]),
    ]:
        Change.objects.create(kind="test", summary=summary, families=families, markets=markets)

    def told(user: User) -> list[str]:
        return [change.summary for change in visible_changes(user, Change.objects.all())]

    assert told(make_user("bob", families=[trees["bikes"]])) == ["cycle opened", "race edited", "road and gear in asia"]
    assert told(make_user("eva", families=[trees["bikes"]], markets=[trees["europe"]])) == [
        "cycle opened",
        "race edited",
    ]
    assert len(told(make_user("sal"))) == 4
    assert told(make_outsider()) == []
