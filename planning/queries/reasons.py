"""Why departments say what they say: the words of their entries, by row and department."""

from dataclasses import dataclass

from django.db.models import Count, Max, Q

from planning.models import Assumption, Input, SalesPlan


@dataclass(frozen=True)
class Why:
    """The reason of most entries of a department on a row, the assumption it cites, and whose words it is."""

    text: str
    code: str = ""
    assumption: int | None = None
    who: str = ""

    @property
    def words(self) -> str:
        """A. Berg: “Sport Nord takes 500”"""
        return f"{self.who}: “{self.text}”" if self.who and self.text else self.text


def reasons(plan: SalesPlan, series: list[int]) -> dict[tuple[int, str], Why]:
    """By product and stream, over some series. One query."""
    entries = Input.objects.filter(Q(assumption__isnull=False) | ~Q(reason=""), plan=plan, stream__isnull=False)
    names = ("series__product", "stream__code", "reason", "assumption", "assumption__name")
    people = ("author__first_name", "author__last_name", "author__username")
    told = entries.filter(series__in=series).order_by().values_list(*names, *people)
    found: dict[tuple[int, str], Why] = {}
    grouped = told.annotate(count=Count("pk"), last=Max("updated_at"))
    for row in sorted(grouped, key=lambda row: (row[-2], row[-1]), reverse=True):
        product, stream, text, assumption, about, first, last, username = row[:8]
        who = f"{first} {last}".strip() or username or ""
        code = Assumption(pk=assumption).code if assumption else ""
        found.setdefault((product, stream), Why(text or about or "", code, assumption, who))
    return found
