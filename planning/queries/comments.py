"""What was said about a row, above it and below it, as far as the reader's families and markets reach."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from planning.models import Comment, Follow
from planning.queries import mentions
from planning.queries.mentions import Part
from planning.queries.places import Atlas, Place, where
from planning.queries.rows import Filters, RowKey
from sop import months
from sop.models import Cycle, Family, User
from sop.permissions import Scope

HERE, ABOVE, BELOW = "here", "above", "below"
SHOWN = 25
RELATED = ("cycle", "author", "family", "product", "series__product", "series__market", "market")


@dataclass
class Remark:
    """A comment as a reader meets it: where it stands seen from the row asked for, and what was answered."""

    comment: Comment
    relation: str
    where: str
    parts: list[Part]
    mine: bool
    from_cycle: str = ""
    replies: list["Remark"] = field(default_factory=list)


@dataclass(frozen=True)
class Talk:
    """The comments of a row."""

    place: Place
    remarks: list[Remark]
    total: int
    followed: bool

    @property
    def more(self) -> int:
        """How many older ones are not shown."""
        return self.total - len(self.remarks)


def talk(cycle: Cycle, user: User, filters: Filters, row: str, month: dt.date | None, *, everything: bool) -> Talk:
    """All that is said about a row and touches it from above and below: those of the month first, then the newest."""
    atlas = Atlas()
    place = atlas.place(row, filters)
    found = list(
        current(cycle)
        .filter(atlas.readable(filters.scope), atlas.touching(place), parent__isnull=True)
        .order_by("-id")
        .select_related(*RELATED)
    )
    if month:
        found.sort(key=lambda comment: comment.month != month)
    shown = found if everything else found[:SHOWN]
    followed = Follow.objects.filter(user=user, row=str(place.key)).exists()
    return Talk(place, _remarks(atlas, place, cycle, user, shown), len(found), followed)


def current(cycle: Cycle) -> QuerySet[Comment]:
    """The comments of a cycle, and what earlier ones said about months that are still ahead."""
    ahead = Q(cycle__first_month__lt=cycle.first_month, month__gte=cycle.first_month)
    return Comment.objects.filter(Q(cycle=cycle) | ahead)


def readable(mine: Scope) -> QuerySet[Comment]:
    """The comments that a reader may know of, of every cycle."""
    return Comment.objects.filter(Atlas().readable(mine)).select_related(*RELATED)


def _remarks(atlas: Atlas, place: Place, cycle: Cycle, user: User, shown: list[Comment]) -> list[Remark]:
    answers = Comment.objects.filter(parent__in=shown).select_related("author", "cycle")
    replies: dict[int, list[Comment]] = {}
    for answer in answers:
        replies.setdefault(answer.parent_id or 0, []).append(answer)
    known = mentions.people(comment.body for comment in [*shown, *answers])

    def remark(comment: Comment, relation: str, at: str, told: list[Comment]) -> Remark:
        return Remark(
            comment,
            relation,
            at,
            mentions.parts(comment.body, known),
            comment.author_id == user.pk and comment.removed_at is None,
            str(comment.cycle) if comment.cycle_id != cycle.pk else "",
            [remark(each, relation, "", []) for each in told],
        )

    def top(comment: Comment) -> Remark:
        there = atlas.of(comment)
        relation = _relation(atlas, place, there)
        name = where(there, comment.month) if relation != HERE else months.short(comment.month) if comment.month else ""
        return remark(comment, relation, name, replies.get(comment.pk, []))

    return [top(comment) for comment in shown]


def _relation(atlas: Atlas, place: Place, there: Place) -> str:
    if (there.key, there.market) == (place.key, place.market):
        return HERE
    return ABOVE if atlas.holds(there, place) else BELOW


def marked(
    cycle: Cycle, filters: Filters, ancestry: dict[int, list[str]], wanted: Iterable[RowKey]
) -> set[tuple[RowKey, dt.date]]:
    """The cells of these rows with a comment on them or on a row below them, as far as the reader sees. Three queries,
    some more when the reader's scope or the page is narrowed."""
    shown = {key.base: key for key in wanted}
    found: set[tuple[RowKey, dt.date]] = set()
    if not shown:
        return found
    said = current(cycle).filter(_shown(Atlas(), filters), month__isnull=False, removed_at__isnull=True)
    columns = ("month", "series", "product__code", "product__family", "family")
    for month, series, product, of_product, family in said.order_by().values_list(*columns).distinct():
        keys = [RowKey("total", "")]
        keys += [RowKey("family", code) for code in ancestry.get(of_product or family or 0, [])]
        keys += [RowKey("product", product)] if product else []
        keys += [RowKey("series", str(series))] if series else []
        found.update((shown[key], month) for key in keys if key in shown)
    return found


def _shown(atlas: Atlas, filters: Filters) -> Q:
    """What the reader may know of, within the family and the market that the page shows."""
    where = atlas.readable(filters.scope)
    if filters.family:
        family = _named(atlas.families.values(), filters.family)
        where &= atlas.touching(Place(RowKey("family", filters.family), "", family))
    if filters.market:
        market = next((each for each in atlas.markets.values() if each.code == filters.market), None)
        where &= atlas.touching(Place(RowKey("total", ""), "", market=market))
    return where


def _named(families: Iterable[Family], code: str) -> Family | None:
    return next((family for family in families if family.code == code), None)
