"""Talking about the plan: add, reply, change one's own words, take them back."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from planning.actions.follows import followers
from planning.models import Comment
from planning.queries import mentions
from planning.queries.comments import readable
from planning.queries.places import Atlas, Place, address, where
from planning.queries.rows import Filters
from sop import months
from sop.actions import changes
from sop.actions.notify import notify
from sop.errors import Locked, NotAllowed, NotFound, PlanningError
from sop.models import Cycle, User
from sop.permissions import Verb, can, prepare, require, scope

LONGEST = 4_000
# Cells further back than this are in no grid.
PAST_MONTHS = 36


@transaction.atomic
def add(
    *, cycle: Cycle, row: str, body: str, by: User, month: dt.date | None = None, filters: Filters | None = None
) -> Comment:
    """Say something about a row, or about one month of it, to everybody who sees part of it.

    NotFound when the row is not in sight, PlanningError when somebody is named who does not see it.
    """
    require(by, Verb.COMMENT)
    _refuse_closed(cycle)
    _refuse_month(cycle, month)
    atlas, text = Atlas(), _text(body)
    place = atlas.place(row, filters or Filters(scope(by)))
    comment = Comment(cycle=cycle, month=month, body=text, author=by, **place.columns)
    return _say(atlas, place, comment, by)


@transaction.atomic
def reply(*, to: Comment, body: str, by: User) -> Comment:
    """Answer a comment that one may read; the answer stands where the comment does."""
    require(by, Verb.COMMENT)
    root = _readable(to.parent_id or to.pk, by)
    _refuse_closed(root.cycle)
    atlas, text = Atlas(), _text(body)
    place = atlas.of(root)
    comment = Comment(cycle=root.cycle, month=root.month, body=text, author=by, parent=root, **place.columns)
    return _say(atlas, place, comment, by)


@transaction.atomic
def edit(*, comment: Comment, body: str, by: User) -> Comment:
    """Change one's own words; who is named for the first time is told."""
    comment = _own(comment, by)
    atlas, text = Atlas(), _text(body)
    place = atlas.of(comment)
    named = _named(atlas, place, text)
    before = mentions.people([comment.body])
    comment.body, comment.edited_at = text, timezone.now()
    comment.save(update_fields=["body", "edited_at"])
    _tell_mentioned(place, comment, [user for name, user in named.items() if name not in before], by)
    _record(atlas, place, comment, by, "comment.edited", "Changed a comment on")
    return comment


@transaction.atomic
def remove(*, comment: Comment, by: User) -> Comment:
    """Take one's own words back; that something was said, by whom and when, stays."""
    comment = _own(comment, by)
    atlas = Atlas()
    comment.body, comment.removed_at = "", timezone.now()
    comment.save(update_fields=["body", "removed_at"])
    _record(atlas, atlas.of(comment), comment, by, "comment.removed", "Removed a comment on")
    return comment


def _say(atlas: Atlas, place: Place, comment: Comment, by: User) -> Comment:
    named = _named(atlas, place, comment.body)
    comment.save()
    told = _tell_mentioned(place, comment, named.values(), by)
    told += _tell_others(atlas, place, comment, told, by)
    _record(atlas, place, comment, by, "comment.added", "Replied on" if comment.parent else "Commented on")
    return comment


def _named(atlas: Atlas, place: Place, body: str) -> dict[str, User]:
    """Who is named in a text; PlanningError names those who would not see it."""
    named = mentions.people([body])
    prepare(named.values())
    blind = [u.display_name for u in named.values() if not can(u, Verb.VIEW) or not atlas.sees(scope(u), place)]
    if blind:
        who = " and ".join(blind)
        verb = "does" if len(blind) == 1 else "do"
        raise PlanningError(
            f"{who} {verb} not see {place.among}. Leave the @ out, or comment where they can read it.",
            errors={"body": [f"{who} {verb} not see {place.among}."]},
        )
    return named


def _tell_mentioned(place: Place, comment: Comment, users: Iterable[User], by: User) -> list[User]:
    return _tell(place, comment, users, by, "comment.mentioned", "mentioned you on")


def _tell_others(atlas: Atlas, place: Place, comment: Comment, told: list[User], by: User) -> list[User]:
    """Those whose thread it is, and those who follow the row or one above it."""
    told_already = {user.pk for user in told}
    thread = _thread(atlas, place, comment, told_already)
    told_already |= {user.pk for user in thread}
    following = [user for user in followers(atlas, place) if user.pk not in told_already]
    return [
        *_tell(place, comment, thread, by, "comment.replied", "replied on"),
        *_tell(place, comment, following, by, "comment.added", "commented on"),
    ]


def _thread(atlas: Atlas, place: Place, comment: Comment, told: set[int]) -> list[User]:
    if comment.parent is None:
        return []
    voices = {comment.parent.author} | {each.author for each in comment.parent.replies.select_related("author")}
    return [user for user in prepare(voices) if user.pk not in told and atlas.sees(scope(user), place)]


def _tell(place: Place, comment: Comment, users: Iterable[User], by: User, kind: str, verb: str) -> list[User]:
    """The line says who and where, never what: the text is read where it stands, by those who may then."""
    month = months.code(comment.month) if comment.month else ""
    url = address(place, comment.cycle.code, month, f"#comment-{comment.pk}")
    text = f"{by.display_name} {verb} {where(place, comment.month)}"
    return notify(users, kind=kind, text=text, url=url, actor=by)


def _record(atlas: Atlas, place: Place, comment: Comment, by: User, kind: str, verb: str) -> None:
    families, markets = atlas.touched(place)
    changes.record(
        changes.What(
            kind,
            f"{verb} {where(place, comment.month)}",
            object=f"comment:{comment.pk}",
            data={"row": str(place.key), "month": months.code(comment.month) if comment.month else None},
            families=families,
            markets=markets,
        ),
        by=by,
        cycle=comment.cycle,
    )


def _own(comment: Comment, by: User) -> Comment:
    require(by, Verb.COMMENT)
    found = _readable(comment.pk, by)
    if found.author_id != by.pk:
        raise NotAllowed(f"This is {found.author.display_name}’s comment; only they can change it. Reply instead.")
    if found.removed_at:
        raise NotFound("This comment was removed.")
    _refuse_closed(found.cycle)
    return found


def _readable(pk: int, by: User) -> Comment:
    found = readable(scope(by)).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such comment, or it lies outside your families and markets.")
    return found


def _text(body: str) -> str:
    text = body.replace("\x00", "").strip()
    if not text:
        raise PlanningError("Write something first.", errors={"body": ["Write something first."]})
    if len(text) > LONGEST:
        over = f"A comment has at most {LONGEST} characters; this one has {len(text)}."
        raise PlanningError(over, errors={"body": [over]})
    return text


def _refuse_closed(cycle: Cycle) -> None:
    if cycle.state == Cycle.State.CLOSED:
        raise Locked(f"{cycle} is closed. Comment in the cycle that is open.")


def _refuse_month(cycle: Cycle, month: dt.date | None) -> None:
    if month and not -PAST_MONTHS <= months.distance(cycle.first_month, month) < cycle.horizon:
        raise PlanningError(
            f"{months.short(month)} is not a month of this plan.", errors={"month": ["Not in the plan."]}
        )
