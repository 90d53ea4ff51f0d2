"""The rule by which each family's rows are decided: its own, else the nearest above it, else the one for all."""

from dataclasses import dataclass

from planning.models import ConsensusRule, Method
from planning.queries import inherited
from planning.queries.inherited import Setting
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
    return inherited.of_each(_stored(), Rule())


def settings_of(mine: Scope) -> list[Setting[Rule]]:
    """The families somebody may set a rule for, as a tree with what each inherits. Two queries."""
    return inherited.settings(_stored(), Rule(), "Every family", mine)
