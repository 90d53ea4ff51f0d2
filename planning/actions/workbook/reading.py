"""From the rows of a file to entries of the plan: which series, measure and month each cell means."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from planning.actions.workbook.opening import EMPTY, Opened, Raw, Sheet, as_month
from planning.queries.workbook.content import KEY
from planning.queries.workbook.plain import harmless
from sop import months
from sop.errors import PlanningError

HEADER_WITHIN = 30
CODES = re.compile(r"\d{4}-\d{2}")
ABOUT = re.compile(r"\(plan (\d+), cycle (\d{4}-\d{2}), version (\d+), (\w+)\)")
ALIASES = {
    "product-code": ("product code", "product", "sku", "item", "item code", "article", "material", "part number"),
    "product": ("product name", "description", "name"),
    "market": ("market", "market code", "region", "customer", "customer group", "channel", "market name"),
    "measure": ("measure", "stream", "line", "key figure"),
    "month": ("month", "period", "date"),
    "quantity": ("quantity", "units", "qty", "value", "forecast"),
}


@dataclass
class Layout:
    """Where a sheet keeps what: columns by role, and by month."""

    roles: dict[str, int]
    months: dict[int, str]
    start: int
    by_keys: bool
    words: str = ""
    titles: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """A cell of the file and what it means; `key` is product, market and measure as the file names them."""

    sheet: str
    row: int
    at: int
    column: str
    key: tuple[str, str, str]
    month: str
    raw: Raw
    coded: bool
    seen: tuple[float | None, int] | None


@dataclass
class About:
    """Which plan a file was exported from; nothing is known of a file that was not."""

    plan: int = 0
    cycle: str = ""
    version: int = 0
    unit: str = ""


def about(opened: Opened) -> About:
    """What the file says of itself."""
    try:
        told = json.loads(opened.about) if opened.about else None
        if told is None:
            return _of(opened)
        return About(int(told["plan"]), str(told["cycle"]), int(told["version"]), str(told["unit"]))
    except (ValueError, KeyError, TypeError):
        return About()


def _of(opened: Opened) -> About:
    for sheet in opened.sheets:
        for _, row in sheet.rows[:HEADER_WITHIN]:
            for raw in row:
                if isinstance(raw.value, str) and (match := ABOUT.search(raw.value)):
                    return About(int(match[1]), match[2], int(match[3]), match[4])
    return About()


def layouts(opened: Opened) -> list[tuple[Sheet, Layout]]:
    """The sheets that can be read: those with our keys, else the first whose headers are understood."""
    coded = [(sheet, layout) for sheet in opened.sheets if (layout := _by_keys(sheet))]
    if coded:
        return coded
    for sheet in opened.sheets:
        if layout := _by_headers(sheet):
            return [(sheet, layout)]
    raise PlanningError(
        "No sheet of this file has columns for product, market and months. Name them in one row, such as Product, "
        "Market, Jan 27, Feb 27, or export the plan and work in that file."
    )


def _by_keys(sheet: Sheet) -> Layout | None:
    for position, (_, row) in enumerate(sheet.rows[:HEADER_WITHIN]):
        cells = {str(raw.value): at for at, raw in enumerate(row) if isinstance(raw.value, str)}
        if KEY in cells:
            codes = {at: text for text, at in cells.items() if CODES.fullmatch(text)}
            titles = _titles(sheet.rows[position + 1][1]) if position + 1 < len(sheet.rows) else {}
            roles = {text: at for text, at in cells.items() if not CODES.fullmatch(text)}
            return Layout(roles, codes, position + 2, True, titles=titles)
    return None


def _by_headers(sheet: Sheet) -> Layout | None:
    for position, (number, row) in enumerate(sheet.rows[:HEADER_WITHIN]):
        names = {at: _name(raw.value) for at, raw in enumerate(row)}
        roles = _roles(names)
        seen = next((at for at, name in names.items() if name.startswith(("evenkeel (", "base ("))), None)
        if seen is not None:
            roles["seen" if names[seen].startswith("evenkeel") else "base"] = seen
            roles["version"] = seen + 1
        codes = {at: months.code(month) for at, raw in enumerate(row) if (month := as_month(raw.value))}
        named = {"product-code", "market"} <= roles.keys() or {"product", "market"} <= roles.keys()
        if named and (codes or {"month", "quantity"} <= roles.keys()):
            titles = _titles(row)
            return Layout(roles, codes, position + 1, False, _matched(number, roles, codes, titles), titles)
    return None


def _name(value: Any) -> str:
    return re.sub(r"[_\s]+", " ", value).strip().lower() if isinstance(value, str) else ""


def _roles(names: dict[int, str]) -> dict[str, int]:
    """The first alias that a header has wins: a code is surer than a name."""
    roles: dict[str, int] = {}
    for role, aliases in ALIASES.items():
        for alias in aliases:
            at = next((at for at, name in names.items() if name == alias and at not in roles.values()), None)
            if at is not None:
                roles[role] = at
                break
    return roles


def _titles(row: Sequence[Raw]) -> dict[int, str]:
    return {at: _title(raw.value) for at, raw in enumerate(row) if raw.value is not None}


def _title(value: Any) -> str:
    month = as_month(value)
    return months.short(month) if month else str(value)


def _matched(number: int, roles: dict[str, int], codes: dict[int, str], titles: dict[int, str]) -> str:
    shown = ("product-code", "product", "market", "measure", "month", "quantity")
    parts = [f"{role.replace('-', ' ')} from “{titles.get(roles[role], '')}”" for role in shown if role in roles]
    if codes:
        parts.append(f"{len(codes)} months from “{titles[min(codes)]}” to “{titles[max(codes)]}”")
    return f"Read by the headers of row {number}: " + ", ".join(parts) + "."


def cells(opened: Opened, start: str) -> Iterator[Found]:
    """Every cell with something in it that belongs to a series, in the order of the file; `start`: first plan month."""
    for sheet, layout in layouts(opened):
        found = list(_cells(opened, sheet, layout, start))
        formulas = {cell.row for cell in found if cell.raw.formula}
        results = opened.results(sheet.name, formulas) if formulas else {}
        yield from (_with_result(cell, results) for cell in found)


def _with_result(cell: Found, results: dict[int, list[Raw]]) -> Found:
    """A formula replaced by its result; one without stays a formula."""
    result = _at(results.get(cell.row, []), cell.at)
    return replace(cell, raw=result) if cell.raw.formula and result.value is not None else cell


def _cells(opened: Opened, sheet: Sheet, layout: Layout, start: str) -> Iterator[Found]:
    for number, row in sheet.rows[layout.start :]:
        key, coded = _key(layout, row)
        if key is None:
            continue
        seen = _seen(opened, layout, row, key if coded else None, start)
        for at, code in _months(layout, row):
            raw = _at(row, at)
            if raw.value is not None:
                name = layout.titles.get(at, code) if layout.months else _short(code)
                yield Found(sheet.name, number, at, name, key, code, raw, coded, seen(code))


def totals_typed_over(sheet: Sheet, layout: Layout) -> int:
    """How many formulas of totals were replaced by numbers; they are not read."""
    if not layout.by_keys or not layout.months:
        return 0
    at = layout.roles[KEY]
    rows = (row for _, row in sheet.rows[layout.start :] if _at(row, at).value == json.dumps(["total"]))
    return sum(_typed_over(_at(row, column)) for row in rows for column in layout.months)


def _typed_over(raw: Raw) -> bool:
    return raw.value is not None and not raw.formula


def _key(layout: Layout, row: list[Raw]) -> tuple[tuple[str, str, str] | None, bool]:
    """Product, market and measure of a row, and whether they are codes; None for totals and rows without labels."""
    if layout.by_keys and (text := _text(row, layout.roles, KEY)):
        try:
            told = json.loads(text)
        except ValueError:
            told = None
        if isinstance(told, list):
            return (tuple(map(str, told)), True) if len(told) == 3 else (None, True)  # type: ignore[return-value]
    product = _text(row, layout.roles, "product-code") or _text(row, layout.roles, "product")
    market = _text(row, layout.roles, "market")
    if not product and not market:
        return None, False
    return (product, market, _text(row, layout.roles, "measure")), False


def _text(row: list[Raw], roles: dict[str, int], role: str) -> str:
    value = _at(row, roles[role]).value if role in roles else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "" if value is None else str(value).strip()
    return text[1:] if text.startswith("'") and harmless(text[1:]) == text else text


def _at(row: list[Raw], at: int) -> Raw:
    return row[at] if at < len(row) else EMPTY


def _months(layout: Layout, row: list[Raw]) -> Iterator[tuple[int, str]]:
    if layout.months:
        yield from layout.months.items()
    elif {"month", "quantity"} <= layout.roles.keys():
        written = _at(row, layout.roles["month"]).value
        month = as_month(written)
        yield layout.roles["quantity"], months.code(month) if month else f"?{written if written is not None else ''}"


def _short(code: str) -> str:
    return months.short(months.parse(code)) if CODES.fullmatch(code) else code.removeprefix("?")


def _seen(opened: Opened, layout: Layout, row: list[Raw], key: tuple[str, ...] | None, start: str) -> Any:
    """What each month's cell of this row was at export: value and version, or nothing when the file does not say."""
    if "base" in layout.roles:
        pair = _pair(_at(row, layout.roles["base"]).value, _text(row, layout.roles, "version"))
        return lambda code: pair
    text = opened.seen.get(json.dumps(key, ensure_ascii=False)) if key else _text(row, layout.roles, "seen")
    try:
        pairs = json.loads(text) if text else []
        first = months.parse(start)
        told = {
            months.code(months.add(first, at)): (None if value is None else float(value), int(version))
            for at, (value, version) in enumerate(pairs)
        }
    except (ValueError, TypeError):
        told = {}
    return told.get


def _pair(value: Any, version: str) -> tuple[float, int] | None:
    try:
        return float(str(value).replace(",", ".")), int(version or 0)
    except ValueError:
        return None
