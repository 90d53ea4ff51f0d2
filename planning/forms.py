"""What pages send to planning, checked."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from planning.actions import shorthand
from planning.actions.consensus import Choice
from planning.actions.editing import CellEdit
from planning.actions.mass_editing import MassEdit
from planning.actions.sheets import Cause
from planning.actions.shorthand import LARGEST
from planning.engine.mass import Kind
from planning.models import Assumption
from planning.queries import columns, supply_rows
from planning.queries.compare import Question
from planning.queries.grid import Shown
from planning.queries.supply_rows import View
from planning.queries.valuation import UNITS
from sop import months
from sop.errors import NotAllowed, PlanningError
from sop.http import whole
from sop.models import Family, Market
from sop.permissions import Scope

MOST_CELLS = 20_000


class DemandFilters(forms.Form):
    """The family and market that a page shows; empty: all that the user sees."""

    family = forms.ModelChoiceField(Family.objects.none(), required=False, to_field_name="code", empty_label="All")
    market = forms.ModelChoiceField(Market.objects.none(), required=False, to_field_name="code", empty_label="All")

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, model, covered in (("family", Family, scope.families), ("market", Market, scope.markets)):
            choices = model.objects.order_by("name")
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = choices if covered is None else choices.filter(pk__in=covered)
            field.widget.attrs["class"] = "fl"


def shown(asked: Mapping[str, str]) -> Shown:
    """The months that a page shows and whether its families open into measures, as its address says."""
    past, ahead = asked.get("past"), asked.get("ahead")
    return Shown(
        past=_between(past, columns.FEWEST_PAST, columns.MOST_PAST) if past else columns.PAST_MONTHS,
        ahead=_between(ahead, columns.FEWEST_AHEAD, columns.MOST_AHEAD) if ahead else 0,
        measures=asked.get("measures") == "1",
    )


def supply_view(asked: Mapping[str, str], scope: Scope) -> View:
    """What of the supply plan a page shows, as its address says; NotAllowed for money that the user may not see."""
    unit = asked.get("unit", "") or supply_rows.UNITS
    if unit not in supply_rows.UNIT_NAMES:
        raise PlanningError(f"“{unit}” is no unit of the supply plan; choose units, hours or cost.", status=400)
    if unit == supply_rows.COST and not scope.sees_money:
        raise NotAllowed("Your role does not see money.")
    ahead = asked.get("ahead")
    return View(asked.get("family", ""), _between(ahead, 1, columns.MOST_AHEAD) if ahead else 0, unit)


def _between(text: str, least: int, most: int) -> int:
    number = whole(text)
    if not least <= number <= most:
        raise PlanningError(f"{number} months cannot be shown; choose {least} to {most}.", status=400)
    return number


def cell_edits(body: dict[str, Any], unit: str = UNITS) -> list[CellEdit]:
    """The cells of a gesture; PlanningError names the one that is not understood."""
    cells = body.get("cells")
    if not isinstance(cells, list) or not cells:
        raise PlanningError("There is nothing to save: `cells` is missing or empty.", status=400)
    if len(cells) > MOST_CELLS:
        raise PlanningError(f"{len(cells)} cells at once are too many; the most is {MOST_CELLS}.", status=413)
    return [_cell_edit(number, cell, unit) for number, cell in enumerate(cells)]


def places(body: dict[str, Any]) -> list[tuple[str, dt.date]]:
    """The cells that a gesture is about, by row and month."""
    return [(edit.row, edit.month) for edit in cell_edits(body)]


def mass_edit(body: dict[str, Any], measure: str) -> MassEdit:
    """A change of many cells; PlanningError says which part is not understood."""
    try:
        kind = Kind(str(body.get("kind")))
        first, last = _month(str(body.get("first"))), _month(str(body.get("last")))
        amount = 0.0 if kind == Kind.COPY_LAST_YEAR else float(str(body.get("amount", "")).replace("−", "-"))
    except ValueError as error:
        raise PlanningError("Give what to do, by how much, and from which month to which.", status=400) from error
    if not abs(amount) <= LARGEST or (kind in (Kind.SET, Kind.SPREAD) and amount < 0):
        raise PlanningError("This is not a quantity that can be planned.")
    return MassEdit(kind, first, last, amount, [str(row) for row in body.get("rows", [])][:MOST_CELLS], measure)


def cause(body: dict[str, Any]) -> Cause:
    """Why a gesture was made; PlanningError for an assumption or a month that is not understood."""
    asked, until = body.get("assumption"), body.get("expires")
    assumption = Assumption.objects.filter(pk=whole(str(asked).removeprefix("A-"))).first() if asked else None
    if asked and assumption is None:
        raise PlanningError(f"There is no assumption “{asked}”.", errors={"assumption": ["Not known."]}, status=400)
    try:
        expires = months.parse(str(until)) if until else None
    except ValueError as error:
        raise PlanningError(f"“{until}” is not a month.", errors={"expires": [str(error)]}, status=400) from error
    return Cause(str(body.get("reason") or "").strip()[:500], assumption, expires)


def fences(sent: Mapping[str, str], codes: Iterable[str]) -> dict[str, tuple[int, int] | None]:
    """Frozen and slushy months by family code; a row left blank has no fence of its own."""
    wanted: dict[str, tuple[int, int] | None] = {}
    for code in codes:
        given = [sent.get(f"{zone}-{code}", "").strip() for zone in ("frozen", "slushy")]
        try:
            frozen, slushy = (int(text or 0) for text in given)
        except ValueError as error:
            raise PlanningError("Give the months of a fence as whole numbers.") from error
        wanted[code] = (frozen, slushy) if any(given) else None
    return wanted


def _cell_edit(number: int, cell: Any, unit: str) -> CellEdit:
    try:
        return CellEdit(
            row=str(cell["row"]),
            month=_month(str(cell["month"])),
            entry=_entry(cell.get("entry")),
            base=None if cell.get("base") is None else float(cell["base"]),
            version=None if cell.get("version") is None else int(cell["version"]),
            unit=unit,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PlanningError(
            f"Cell {number + 1} is not understood: {error}.", errors={f"cells.{number}": [str(error)]}, status=400
        ) from error


def _month(text: str) -> dt.date:
    return months.parse(text)


def _entry(entry: Any) -> str | float | None:
    if entry is None or isinstance(entry, str | int | float):
        return entry.strip() or None if isinstance(entry, str) else entry
    raise ValueError(f"“{entry}” is not a quantity")


class SeveralFiles(forms.ClearableFileInput):
    """A file input that takes several."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = data if isinstance(data, list | tuple) and data else [data]
        return [super(FilesField, self).clean(each, initial) for each in files]


class UploadForm(forms.Form):
    """Tables to import: CSV files, compressed or not, or a zip of them."""

    files = FilesField(  # type: ignore[assignment] # a declared field, not the attribute
        allow_empty_file=True,
        label="CSV tables, or a zip of them",
        help_text="The name decides the table: products.csv, actuals.csv.gz, all.zip.",
    )
    source = forms.CharField(max_length=64, initial="erp", required=False, label="Whose actuals")
    seen = forms.CharField(required=False, widget=forms.HiddenInput)


class WorkbookForm(forms.Form):
    """A workbook or CSV file of the sales plan."""

    file = forms.FileField(
        label="Workbook or CSV file",
        help_text="The exported file with your numbers, or any table with product, market and months.",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xlsm,.csv"}),
    )


LIMITS_MONEY = [(0, "0"), (1_000, "1 k"), (5_000, "5 k"), (10_000, "10 k"), (25_000, "25 k"), (50_000, "50 k")]
LIMITS_MONEY += [(100_000, "100 k"), (250_000, "250 k"), (1_000_000, "1 M")]
LIMITS_UNITS = [(0, "0"), (10, "10"), (25, "25"), (50, "50"), (100, "100"), (250, "250"), (1_000, "1 000")]


def limit(text: str) -> float:
    """An amount of an address or a form; PlanningError says what was there instead."""
    return float(whole(text or "0"))


def compare_question(asked: Mapping[str, str]) -> Question:
    """How far apart rows are at least, and whether the open, the decided or all are shown."""
    show = asked.get("show", "open")
    return Question(limit(asked.get("at_least", "")), show if show in ("open", "decided", "all") else "open")


def choice(sent: Mapping[str, str]) -> Choice:
    """How a row is to be decided; PlanningError names the month whose number is not understood."""
    method, _, stream = sent.get("method", "").partition(":")
    numbers = {}
    for name, text in sent.items():
        if name.startswith("number-") and text.strip():
            numbers[months.parse(name.removeprefix("number-"))] = shorthand.parse(text, 0.0)
    return Choice(method, stream, numbers, sent.get("reason", "").strip()[:500])
