"""Sales actuals: taken in once, corrected when they come again changed, kept when they cannot be taken yet."""

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from sop import bulk, months, permissions
from sop.actions import arrivals, changes, history
from sop.models import Family, Market, Posting, PostingBatch, Product, RejectedPosting, Series, Site, User

FIELDS = ("external_id", "product", "market", "date", "kind", "quantity", "revenue")
ALIKE = ("product_id", "market_id", "date", "kind", "quantity", "revenue")
COLUMNS = ("source", "external_id", *ALIKE, "batch_id")
RECORDS_AT_ONCE = 10_000
CODES_PER_QUERY = 5_000
FIRST_YEAR = 1900
DAYS_AHEAD = 366
LARGEST = 1e12
CODE_LENGTH, ID_LENGTH, SOURCE_LENGTH = 64, 128, 64
# Any constant: it names the queue of postings among PostgreSQL's advisory locks.
POSTINGS_LOCK = 0x504F5354

Columns = Mapping[str, Sequence[Any]]
Content = tuple[int, int, dt.date, str, float, float]
Errors = dict[str, list[str]]


class Place(NamedTuple):
    """A series with the family and market of its total."""

    pk: int
    family: int
    market: int


@dataclass(frozen=True)
class Rejection:
    """A record that was not taken, and why, by field."""

    index: int
    external_id: str
    errors: Errors


@dataclass(frozen=True)
class Receipt:
    """What became of the records of a delivery."""

    batch: int
    accepted: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejection] = field(default_factory=list)


def post_actuals(*, source: str, records: Sequence[Mapping[str, Any]], by: User | None) -> Receipt:
    """Take a delivery of records (mappings with `FIELDS`); good ones are kept when others are bad."""
    if by is not None:
        permissions.require(by, permissions.Verb.POST_ACTUALS)
    columns = {name: [_field(record, name) for record in records] for name in FIELDS}
    return take(columns, source=source, by=by)


def retry_rejected(*, by: User | None, batch: PostingBatch | None = None) -> Receipt:
    """Try rejected records again, after master data was mended; those of one batch, or all.

    A record whose external id was at fault is not tried: it has to be posted again.
    """
    if by is not None:
        permissions.require(by, permissions.Verb.POST_ACTUALS)
    waiting = RejectedPosting.objects.filter(**({"batch": batch} if batch else {}))
    total = Receipt(batch=0)
    for source in list(waiting.order_by("source").values_list("source", flat=True).distinct()):
        mine = [row for row in waiting.filter(source=source) if "external_id" not in row.errors]
        for start in range(0, len(mine), RECORDS_AT_ONCE):
            records = [row.record for row in mine[start : start + RECORDS_AT_ONCE]]
            columns = {name: [_field(record, name) for record in records] for name in FIELDS}
            total = _together(total, take(columns, source=source, by=by), start)
    return total


def _field(record: Any, name: str) -> Any:
    return record.get(name) if isinstance(record, Mapping) else None


def _together(first: Receipt, second: Receipt, offset: int) -> Receipt:
    moved = [Rejection(each.index + offset, each.external_id, each.errors) for each in second.rejected]
    return Receipt(
        batch=second.batch,
        accepted=first.accepted + second.accepted,
        updated=first.updated + second.updated,
        unchanged=first.unchanged + second.unchanged,
        rejected=first.rejected + moved,
    )


@transaction.atomic
def take(columns: Columns, *, source: str, by: User | None, seen: dict[str, int] | None = None) -> Receipt:
    """Take records given as columns. `seen` remembers the external ids of a delivery that comes in several parts."""
    _wait_for_turn()
    checked = check(columns, permissions.scope(by) if by else permissions.EVERYTHING)
    wanted, repeated = _first_of_each(columns["external_id"], checked, seen if seen is not None else {})
    stored = _stored(source, list(wanted))
    new = {key: content for key, content in wanted.items() if key not in stored}
    changed = {key: content for key, content in wanted.items() if key in stored and stored[key] != content}
    rejected = [
        Rejection(index, _shown(columns["external_id"][index]), errors)
        for index, errors in sorted(checked.errors.items())
    ]
    batch = PostingBatch.objects.create(
        source=source,
        by=by,
        accepted=len(new),
        updated=len(changed),
        unchanged=len(wanted) - len(new) - len(changed) + repeated,
        rejected=len(rejected),
    )
    _write(source, batch, new, changed, {key: stored[key] for key in changed})
    _keep_rejected(batch, columns, rejected, set(wanted))
    if new or changed:
        moved = [*new.values(), *changed.values(), *(stored[key] for key in changed)]
        _record(batch, moved, by)
        days = [content[2] for content in moved]
        arrivals.tell(min(days), max(days), by)
    return Receipt(batch.pk, batch.accepted, batch.updated, batch.unchanged, rejected)


def _wait_for_turn() -> None:
    """One delivery at a time: each adds to the history that the one before left. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [POSTINGS_LOCK])


# --- Checking ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checked:
    """Contents of the records by index, and what is wrong with the others."""

    contents: dict[int, Content]
    errors: dict[int, Errors]


def check(columns: Columns, scope: permissions.Scope = permissions.EVERYTHING) -> Checked:
    """Look at every field of every record."""
    errors: dict[int, Errors] = {}
    _texts(columns["external_id"], "external_id", ID_LENGTH, errors)
    parsed = [
        _codes(columns["product"], "product", _products(columns["product"], scope), errors),
        _codes(columns["market"], "market", _markets(columns["market"], scope), errors),
        _each(columns["date"], "date", _day, errors),
        _each(columns["kind"], "kind", _kind, errors),
        _numbers(columns["quantity"], "quantity", errors),
        _numbers(columns["revenue"], "revenue", errors),
    ]
    contents = {index: content for index, content in enumerate(zip(*parsed, strict=True)) if index not in errors}
    return Checked(contents, errors)


def _refuse(errors: dict[int, Errors], index: int, name: str, message: str) -> None:
    errors.setdefault(index, {}).setdefault(name, []).append(message)


def _texts(values: Sequence[Any], name: str, length: int, errors: dict[int, Errors]) -> None:
    for index, value in enumerate(values):
        if type(value) is not str or not value or len(value) > length or not value.isprintable():
            _refuse(errors, index, name, _wrong_text(value, length))


def _wrong_text(value: Any, length: int) -> str:
    if value is None or value == "":
        return "is missing"
    if not isinstance(value, str):
        return f"“{_shown(value)}” is not a text; put it in quotes"
    if len(value) > length:
        return f"has {len(value)} characters; at most {length} can be kept"
    return "holds characters that cannot be printed"


def _codes(values: Sequence[Any], name: str, known: Mapping[str, int], errors: dict[int, Errors]) -> list[int]:
    found = [known.get(value) if type(value) is str else None for value in values]
    for index, value in enumerate(found):
        if value is None:
            given = values[index]
            wrong = given is None or given == "" or not isinstance(given, str)
            message = _wrong_text(given, CODE_LENGTH) if wrong else f"no {name} has the code “{_shown(given)}”"
            _refuse(errors, index, name, message)
    return found  # type: ignore[return-value]


def _each(values: Sequence[Any], name: str, parse: Any, errors: dict[int, Errors]) -> list[Any]:
    """Every value parsed; few are different, so each different one is parsed once."""
    known: dict[Any, Any] = {}
    found = []
    for index, value in enumerate(values):
        key = value if type(value) is str else _shown(value)
        if key not in known:
            try:
                known[key] = parse(value)
            except ValueError as error:
                known[key] = error
        if isinstance(known[key], ValueError):
            _refuse(errors, index, name, str(known[key]))
        found.append(known[key])
    return found


def _day(value: Any) -> dt.date:
    if value is None or value == "":
        raise ValueError("is missing")
    try:
        day = dt.date.fromisoformat(value.strip())
    except (ValueError, AttributeError):
        raise ValueError(f"“{_shown(value)}” is not a day; write it as 2013-05-31") from None
    if day.year < FIRST_YEAR:
        raise ValueError(f"“{value}” is before {FIRST_YEAR}; is the year right?")
    if day > timezone.localdate() + dt.timedelta(days=DAYS_AHEAD):
        raise ValueError(f"“{value}” is more than a year ahead; is the year right?")
    return day


def _kind(value: Any) -> str:
    if value is None or value == "":
        raise ValueError("is missing")
    if value not in Posting.Kind.values:
        raise ValueError(f"“{_shown(value)}” is not known; write “ordered” or “shipped”")
    return str(value)


def _numbers(values: Sequence[Any], name: str, errors: dict[int, Errors]) -> list[float]:
    return _plain_numbers(values) or _each(values, name, number, errors)


def _plain_numbers(values: Sequence[Any]) -> list[float]:
    """The quick way for a column without a fault; empty when there is one."""
    if not {type(value) for value in values} <= {int, float}:
        return []
    try:
        numbers = np.array(values, dtype=np.float64)
    except OverflowError:
        return []
    return numbers.tolist() if np.all(np.abs(numbers) <= LARGEST) else []


def number(value: Any) -> float:
    """A number written as a number or a text; ValueError says what is wrong."""
    if value is None or value == "":
        raise ValueError("is missing")
    if isinstance(value, bool) or not isinstance(value, int | float | str) or "_" in str(value)[:400]:
        raise ValueError(f"“{_shown(value)}” is not a number")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    except ValueError:
        hint = "; write it with a decimal point" if "," in str(value) else ""
        raise ValueError(f"“{_shown(value)}” is not a number{hint}") from None
    if math.isnan(found) or (math.isinf(found) and "inf" in str(value).lower()):
        raise ValueError(f"“{_shown(value)}” is not a number")
    if abs(found) > LARGEST:
        raise ValueError(f"“{_shown(value)}” is too large; at most {LARGEST:,.0f} can be kept")
    return found + 0.0


def _products(values: Sequence[Any], scope: permissions.Scope) -> dict[str, int]:
    mine = Q() if scope.families is None else Q(family__in=scope.families)
    return _ids_of(Product.objects.filter(mine, sold=True), values)


def _markets(values: Sequence[Any], scope: permissions.Scope) -> dict[str, int]:
    return _ids_of(Market.objects.filter(Q() if scope.markets is None else Q(pk__in=scope.markets)), values)


def _ids_of(queryset: QuerySet[Any], values: Sequence[Any]) -> dict[str, int]:
    codes = sorted({value for value in values if type(value) is str and value.isprintable()})
    found: dict[str, int] = {}
    for start in range(0, len(codes), CODES_PER_QUERY):
        part = queryset.filter(code__in=codes[start : start + CODES_PER_QUERY]).order_by()
        found |= dict(part.values_list("code", "pk"))
    return found


def _first_of_each(
    external_ids: Sequence[Any], checked: Checked, seen: dict[str, int]
) -> tuple[dict[str, Content], int]:
    """The good records by external id, and how many repeat one exactly; a repetition that differs is an error."""
    wanted: dict[str, Content] = {}
    repeated = 0
    for index, content in checked.contents.items():
        key, mark = external_ids[index], hash(content)
        if key not in seen:
            seen[key], wanted[key] = mark, content
        elif seen[key] == mark:
            repeated += 1
        else:
            message = f"“{key}” comes twice in this delivery with different contents; the first was taken"
            _refuse(checked.errors, index, "external_id", message)
    return wanted, repeated


# --- Writing ----------------------------------------------------------------------------------------------------------


def _stored(source: str, external_ids: Sequence[str]) -> dict[str, Content]:
    stored: dict[str, Content] = {}
    for start in range(0, len(external_ids), CODES_PER_QUERY):
        part = external_ids[start : start + CODES_PER_QUERY]
        rows = Posting.objects.filter(source=source, external_id__in=part).values_list("external_id", *ALIKE)
        stored |= {row[0]: row[1:] for row in rows.iterator(chunk_size=CODES_PER_QUERY)}
    return stored


def _write(
    source: str, batch: PostingBatch, new: dict[str, Content], changed: dict[str, Content], old: dict[str, Content]
) -> None:
    bulk.insert(Posting, COLUMNS, ((source, key, *content, batch.pk) for key, content in new.items()))
    if changed:
        rows = ((source, key, *content, batch.pk) for key, content in changed.items())
        bulk.upsert(Posting, key=("source", "external_id"), columns=COLUMNS, rows=rows)
    added, removed = [*new.values(), *changed.values()], list(old.values())
    if added:
        series = _series([*added, *removed])
        history.add(
            _movements(series, added, removed), {each.pk: (each.family, each.market) for each in series.values()}
        )


def _movements(
    series: Mapping[tuple[int, int], Place], added: Sequence[Content], removed: Sequence[Content]
) -> history.Movements:
    every = [*added, *removed]
    sign = np.repeat([1.0, -1.0], [len(added), len(removed)])
    month_of = {day: months.number(day) for day in {content[2] for content in every}}
    ordered = np.array([content[3] == Posting.Kind.ORDERED for content in every])
    quantity = sign * np.array([content[4] for content in every])
    revenue = sign * np.array([content[5] for content in every])
    return history.Movements(
        series=np.array([series[content[:2]].pk for content in every], dtype=np.int64),
        month=np.array([month_of[content[2]] for content in every], dtype=np.int64),
        values=np.column_stack([quantity * ordered, quantity * ~ordered, revenue * ordered]),
    )


def _series(contents: Iterable[Content]) -> dict[tuple[int, int], Place]:
    """The series of contents, created where a product is sold in a market for the first time."""
    pairs = {content[:2] for content in contents}
    known = _known_series(pairs)
    missing = sorted(pairs - set(known))
    if missing:
        sites = _sites({product for product, _ in missing})
        rows = [(product, market, sites.get(product)) for product, market in missing]
        bulk.insert(Series, ("product_id", "market_id", "site_id"), rows)
        known |= _known_series(set(missing))
    return known


def _known_series(pairs: set[tuple[int, int]]) -> dict[tuple[int, int], Place]:
    products = sorted({product for product, _ in pairs})
    markets = {market for _, market in pairs}
    known: dict[tuple[int, int], Place] = {}
    for start in range(0, len(products), CODES_PER_QUERY):
        part = Series.objects.filter(product__in=products[start : start + CODES_PER_QUERY], market__in=markets)
        rows = part.order_by().values_list("product_id", "market_id", "pk", "product__family_id")
        known |= {row[:2]: Place(row[2], row[3], row[1]) for row in rows if row[:2] in pairs}
    return known


def _sites(products: set[int]) -> dict[int, int | None]:
    """From where a new series is supplied: the only site, else the site of the product's other series."""
    sites = list(Site.objects.values_list("pk", flat=True)[:2])
    if len(sites) == 1:
        return dict.fromkeys(products, sites[0])
    supplied = Series.objects.filter(site__isnull=False).order_by("-pk").values_list("product_id", "site_id")
    return dict(supplied) if sites else {}


# --- What was not taken -----------------------------------------------------------------------------------------------


def _keep_rejected(batch: PostingBatch, columns: Columns, rejected: Sequence[Rejection], taken: set[str]) -> None:
    """Keep what was not taken, once per external id; what came in good order after all is forgotten."""
    settled = taken | {each.external_id for each in rejected if each.external_id}
    earlier = RejectedPosting.objects.filter(source=batch.source).exclude(external_id="")
    ids = [pk for pk, key in earlier.values_list("pk", "external_id") if key in settled]
    for start in range(0, len(ids), CODES_PER_QUERY):
        RejectedPosting.objects.filter(pk__in=ids[start : start + CODES_PER_QUERY]).delete()
    kept = {each.external_id or each.index: each for each in rejected if _worth_keeping(each, taken)}
    RejectedPosting.objects.bulk_create(
        [
            RejectedPosting(
                batch=batch,
                source=batch.source,
                external_id=each.external_id,
                record={name: _storable(columns[name][each.index]) for name in FIELDS},
                errors=each.errors,
            )
            for each in kept.values()
        ],
        batch_size=500,
    )


def _worth_keeping(rejection: Rejection, taken: set[str]) -> bool:
    """A bad record whose id was taken from another record of the same delivery would undo that one later."""
    return rejection.external_id not in taken or "external_id" in rejection.errors


def _shown(value: Any) -> str:
    """A value as it can be shown and stored: short, and without what a database refuses."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else repr(value)
    clean = "".join(letter if letter.isprintable() else "\ufffd" for letter in text[:ID_LENGTH])
    return clean


def _storable(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return value if abs(value) <= LARGEST else _shown(value)
    return _shown(value)


def _record(batch: PostingBatch, contents: Sequence[Content], by: User | None) -> None:
    products, markets = {content[0] for content in contents}, {content[1] for content in contents}
    touched = (
        Family.objects.filter(products__in=sorted(products)[:CODES_PER_QUERY])
        if len(products) <= CODES_PER_QUERY
        else Family.objects.filter(products__isnull=False)
    )
    summary = f"{batch.source}: {batch.accepted} new and {batch.updated} corrected actuals"
    changes.record(
        changes.What(
            kind="actuals.posted",
            summary=summary,
            object=f"posting-batch:{batch.pk}",
            data={"accepted": batch.accepted, "updated": batch.updated, "rejected": batch.rejected},
            families=touched.order_by().values_list("code", flat=True).distinct(),
            markets=Market.objects.filter(pk__in=markets).values_list("code", flat=True),
        ),
        by=by,
    )
