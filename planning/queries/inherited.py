"""What is set for a family, else for the nearest above it, else for all: fences and rules of the consensus."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from sop.models import Family
from sop.permissions import Scope

T = TypeVar("T")


@dataclass(frozen=True)
class Setting(Generic[T]):
    """A family's line of the page that sets it; the first is for every family. `own` is None where it inherits."""

    code: str
    name: str
    depth: int
    own: T | None
    inherited: T


def of_each(stored: Mapping[int | None, T], otherwise: T) -> dict[int, T]:
    """What holds for every family. One query."""
    parents = dict(Family.objects.values_list("pk", "parent_id"))

    def of(pk: int | None) -> T:
        while pk is not None and pk not in stored:
            pk = parents[pk]
        return stored.get(pk, otherwise)

    return {pk: of(pk) for pk in parents}


def settings(stored: Mapping[int | None, T], otherwise: T, everything: str, mine: Scope) -> list[Setting[T]]:
    """The families somebody may set it for, as a tree with what each inherits. One query."""
    families = list(Family.objects.order_by("name"))
    default = stored.get(None)
    lines = [Setting("", everything, 0, default, otherwise)] if mine.families is None else []

    def walk(parent: int | None, depth: int, above: T) -> None:
        for family in families:
            if family.parent_id == parent:
                own = stored.get(family.pk)
                if mine.families is None or family.pk in mine.families:
                    lines.append(Setting(family.code, family.name, depth, own, above))
                walk(family.pk, depth + 1, own or above)

    walk(None, 1, default or otherwise)
    return lines
