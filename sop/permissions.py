"""Who may do what, and to which families and markets: the one place that pages, REST, exports and streams ask."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, Q, QuerySet

from sop.errors import NotAllowed
from sop.models import Change, Department, Family, Market, Membership, User

Role = Membership.Role
DEMAND_PLANNING, OPERATIONS = "demand-planning", "operations"


class Verb(StrEnum):
    """What a person can be allowed to do, as the refusal words it: “You may not …”."""

    VIEW = "see the plans"
    EDIT_CONSENSUS = "edit the sales plan"
    ENTER_STREAM = "enter a forecast for this department"
    ASSUME = "keep assumptions and product changes"
    COMMENT = "comment on the plan"
    BREAK_FENCE = "approve changes inside the frozen months"
    RUN_FORECAST = "run the forecast"
    PLAN_SUPPLY = "run the supply plan"
    MODEL = "model scenarios"
    IMPORT = "import data"
    POST_ACTUALS = "post actuals"
    EDIT_MASTER_DATA = "change master data"
    OPEN_CYCLE = "open a cycle"
    SIGN = "sign for this department"
    DECIDE = "record decisions"
    ACT = "manage action items"
    APPROVE = "approve the plan"
    ADMINISTER = "manage people and tokens"


Rule = Callable[[Membership], bool]


def _planner_of(*departments: str) -> Rule:
    return lambda member: (
        member.role == Role.COORDINATOR or (member.role == Role.PLANNER and member.department.code in departments)
    )


def _roles(*roles: Role) -> Rule:
    return lambda member: member.role in roles


_SPEAKS = _roles(Role.COORDINATOR, Role.PLANNER, Role.CONTRIBUTOR, Role.EXECUTIVE)
RULES: dict[Verb, Rule] = {
    Verb.VIEW: lambda member: True,
    Verb.EDIT_CONSENSUS: _planner_of(DEMAND_PLANNING),
    Verb.ENTER_STREAM: _roles(Role.PLANNER, Role.CONTRIBUTOR, Role.COORDINATOR),
    Verb.ASSUME: _roles(Role.COORDINATOR, Role.PLANNER, Role.CONTRIBUTOR),
    Verb.COMMENT: _SPEAKS,
    Verb.BREAK_FENCE: _roles(Role.COORDINATOR, Role.EXECUTIVE),
    Verb.RUN_FORECAST: _planner_of(DEMAND_PLANNING),
    Verb.PLAN_SUPPLY: _planner_of(OPERATIONS),
    Verb.MODEL: _roles(Role.COORDINATOR, Role.PLANNER, Role.CONTRIBUTOR),
    Verb.IMPORT: _roles(Role.COORDINATOR),
    Verb.POST_ACTUALS: _roles(Role.COORDINATOR, Role.INTEGRATION),
    Verb.EDIT_MASTER_DATA: _roles(Role.COORDINATOR),
    Verb.OPEN_CYCLE: _roles(Role.COORDINATOR),
    Verb.SIGN: _SPEAKS,
    Verb.DECIDE: _roles(Role.COORDINATOR, Role.PLANNER, Role.EXECUTIVE),
    Verb.ACT: _SPEAKS,
    Verb.APPROVE: _roles(Role.EXECUTIVE),
    Verb.ADMINISTER: lambda member: False,
}
# What takes a department's own voice: no administrator speaks for a department that is not theirs.
PERSONAL = {Verb.SIGN, Verb.ENTER_STREAM, Verb.APPROVE, Verb.BREAK_FENCE}


def memberships(user: User | AnonymousUser) -> list[Membership]:
    """The user's memberships with their departments, read once per request."""
    if not user.is_authenticated or not user.is_active:
        return []
    if not hasattr(user, "_memberships"):
        user._memberships = list(  # type: ignore[attr-defined]
            user.memberships.select_related("department").prefetch_related("families", "markets")
        )
    return user._memberships  # type: ignore[attr-defined]


def prepare(users: Iterable[User]) -> list[User]:
    """Read what many people may and see at once, in five queries; `can` and `scope` then cost none."""
    people = [user for user in users if user.is_active]
    unknown = [user for user in people if not hasattr(user, "_scope")]
    if not unknown:
        return people
    members = Membership.objects.filter(user__in=unknown).select_related("department")
    by_user: dict[int, list[Membership]] = {user.pk: [] for user in unknown}
    for member in members.prefetch_related("families", "markets"):
        by_user[member.user_id].append(member)
    families, markets = parents(Family), parents(Market)
    for user in unknown:
        user._memberships = by_user[user.pk]  # type: ignore[attr-defined]
        user._scope = _union(by_user[user.pk], families, markets)  # type: ignore[attr-defined]
    return people


def can(user: User | AnonymousUser, verb: Verb, *, department: Department | None = None) -> bool:
    """Whether the user may; with a department, whether they may for that one."""
    mine = memberships(user)
    if user.is_superuser and user.is_active and verb not in PERSONAL:
        return True
    return any(RULES[verb](member) for member in mine if department is None or member.department_id == department.pk)


def require(user: User | AnonymousUser, verb: Verb, *, department: Department | None = None) -> None:
    """Raise `NotAllowed`, in the user's words, unless they may."""
    if not can(user, verb, department=department):
        whom = f" ({department.name})" if department else ""
        raise NotAllowed(f"You may not {verb.value}{whom}. Ask your S&OP coordinator for the role that can.")


@dataclass(frozen=True)
class Scope:
    """The families and markets a user sees, subtrees included; None: all of them."""

    families: frozenset[int] | None
    markets: frozenset[int] | None
    sees_money: bool

    def series(self, prefix: str = "") -> Q:
        """A filter on series; `prefix` is the path to them (`series__`)."""
        clause = Q()
        if self.families is not None:
            clause &= Q(**{f"{prefix}product__family__in": self.families})
        if self.markets is not None:
            clause &= Q(**{f"{prefix}market__in": self.markets})
        return clause

    def totals(self, prefix: str = "") -> Q:
        """A filter on rows that name a family and a market."""
        clause = Q()
        if self.families is not None:
            clause &= Q(**{f"{prefix}family__in": self.families})
        if self.markets is not None:
            clause &= Q(**{f"{prefix}market__in": self.markets})
        return clause

    def lines(self) -> Q:
        """A filter on lines (`sop.models.Line`): leaves and totals alike."""
        return (Q(series__isnull=False) & self.series("series__")) | (Q(series__isnull=True) & self.totals())

    @property
    def everything(self) -> bool:
        return self.families is None and self.markets is None


EVERYTHING = Scope(None, None, True)
NOTHING = Scope(frozenset(), frozenset(), False)


def scope(user: User | AnonymousUser) -> Scope:
    """What the user sees: the union of their memberships."""
    mine = memberships(user)
    if user.is_superuser and user.is_active:
        return EVERYTHING
    if not mine:
        return NOTHING
    if not hasattr(user, "_scope"):
        user._scope = _union(mine)  # type: ignore[union-attr]
    return user._scope  # type: ignore[union-attr]


Parents = dict[int, int | None]


def _union(mine: list[Membership], families: Parents | None = None, markets: Parents | None = None) -> Scope:
    """What memberships add up to; each tree is read only when one of them names a part of it."""
    return Scope(
        _covered(Family, [[family.pk for family in member.families.all()] for member in mine], families),
        _covered(Market, [[market.pk for market in member.markets.all()] for member in mine], markets),
        any(member.sees_money for member in mine),
    )


def _covered(tree: type[Model], roots: list[list[int]], known: Parents | None) -> frozenset[int] | None:
    """The roots and all below them; None when one membership names none, which means all."""
    if any(not named for named in roots):
        return None
    return subtrees(known or parents(tree), {root for named in roots for root in named})


def parents(tree: type[Model]) -> Parents:
    """Of every node of a tree the one above it. One query."""
    return dict(tree._default_manager.values_list("pk", "parent_id"))


def descendants(tree: type[Model], roots: Iterable[int]) -> frozenset[int]:
    """The roots of a tree and everything below them. One query."""
    return subtrees(parents(tree), roots)


def subtrees(above: Parents, roots: Iterable[int]) -> frozenset[int]:
    """As `descendants`, of a tree that was read already."""
    covered = set(roots)
    while more := {pk for pk, parent in above.items() if parent in covered} - covered:
        covered |= more
    return frozenset(covered)


def visible_changes(user: User | AnonymousUser, queryset: QuerySet[Change]) -> list[Change]:
    """The changes of a queryset that the user may know of."""
    if not can(user, Verb.VIEW):
        return []
    mine = scope(user)
    if mine.everything:
        return list(queryset)
    families, markets = codes(Family, mine.families), codes(Market, mine.markets)
    return [change for change in queryset if touches(change.families, families) and touches(change.markets, markets)]


def codes(tree: type[Model], ids: frozenset[int] | None) -> frozenset[str] | None:
    """The codes of some nodes of a tree; None stays None."""
    return None if ids is None else frozenset(tree._default_manager.filter(pk__in=ids).values_list("code", flat=True))


def touches(named: list[str], covered: frozenset[str] | None) -> bool:
    """Whether a change that names these families (or markets; none: no one in particular) lies in a scope."""
    return covered is None or not named or bool(covered.intersection(named))
