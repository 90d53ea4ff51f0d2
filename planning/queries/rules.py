"""The rule by which each family's rows are decided: its own, else the nearest above it, else the one for all."""

from dataclasses import dataclass

from planning.models import ConsensusRule, Method
from sop.models import Family
from sop.permissions import Scope


@dataclass(frozen=True)
class Rule:
    """A method, and the stream's code where it is one stream."""

    method: str = Method.BLEND
    stream: str = ""
    name: str = ""

    @property
    def words(self) -> str:
        return self.name if self.method == Method.STREAM else str(Method(self.method).label)


@dataclass(frozen=True)
class Setting:
    """A family's line of the rules; the first is for every family. `own` is None where it inherits."""

    code: str
    name: str
    depth: int
    own: Rule | None
    inherited: Rule


def _stored() -> dict[int | None, Rule]:
    found = ConsensusRule.objects.select_related("stream")
    return {
        rule.family_id: Rule(
            rule.method, rule.stream.code if rule.stream else "", rule.stream.name if rule.stream else ""
        )
        for rule in found
    }


def by_family() -> dict[int, Rule]:
    """The rule that holds for each family. Two queries."""
    stored, parents = _stored(), dict(Family.objects.values_list("pk", "parent_id"))

    def of(pk: int | None) -> Rule:
        while pk is not None and pk not in stored:
            pk = parents[pk]
        return stored.get(pk, Rule())

    return {pk: of(pk) for pk in parents}


def settings_of(mine: Scope) -> list[Setting]:
    """The families somebody may set a rule for, as a tree with what each inherits. Two queries."""
    stored, families = _stored(), list(Family.objects.order_by("name"))
    default = stored.get(None)
    lines = [Setting("", "Every family", 0, default, Rule())] if mine.families is None else []

    def walk(parent: int | None, depth: int, above: Rule) -> None:
        for family in families:
            if family.parent_id == parent:
                own = stored.get(family.pk)
                if mine.families is None or family.pk in mine.families:
                    lines.append(Setting(family.code, family.name, depth, own, above))
                walk(family.pk, depth + 1, own or above)

    walk(None, 1, default or Rule())
    return lines
