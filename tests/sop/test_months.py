"""Arithmetic on months, over every year end and leap day there is."""

import calendar
import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop import months

a_day = st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31))
a_month = a_day.map(months.first)
a_count = st.integers(-1_200, 1_200)


@pytest.mark.parametrize(
    ("month", "count", "later"),
    [
        ("2013-06", 1, "2013-07"),
        ("2013-12", 1, "2014-01"),
        ("2013-01", -1, "2012-12"),
        ("2013-06", 18, "2014-12"),
        ("2013-06", -18, "2011-12"),
        ("2000-02", 0, "2000-02"),
    ],
)
def test_months_later_and_earlier(month: str, count: int, later: str) -> None:
    assert months.code(months.add(months.parse(month), count)) == later
    assert months.distance(months.parse(month), months.parse(later)) == count


@given(a_month, a_count, a_count)
def test_steps_add_up_and_can_be_taken_back(month: dt.date, one: int, two: int) -> None:
    assert months.add(months.add(month, one), two) == months.add(month, one + two)
    assert months.add(months.add(month, one), -one) == month
    assert months.distance(month, months.add(month, one)) == one


@given(a_month)
def test_the_next_month_starts_the_day_after_the_last(month: dt.date) -> None:
    assert months.last_day(month) + dt.timedelta(days=1) == months.add(month, 1)
    assert months.first(months.last_day(month)) == month
    assert months.from_number(months.number(month)) == month


@given(a_month, st.integers(0, 60))
def test_a_span_runs_on_without_a_gap(month: dt.date, count: int) -> None:
    span = months.span(month, count)
    assert len(span) == count
    assert span[:1] == [month][:count]
    assert all(months.add(earlier, 1) == later for earlier, later in pairwise(span))


@given(a_month)
def test_what_is_written_can_be_read(month: dt.date) -> None:
    assert months.parse(months.code(month)) == month
    assert months.parse(month.isoformat()) == month
    assert months.parse(f" {months.code(month)}\n") == month


@pytest.mark.parametrize(
    "text", ["", "2013", "2013-6", "2013-00", "2013-13", "2013-06-02", "0000-01", "Jun 13", "2013-06-1"]
)
def test_what_is_no_month_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="month"):
        months.parse(text)


def test_how_months_are_shown() -> None:
    june = dt.date(2013, 6, 1)
    assert (months.name(june), months.short(june), months.long(june)) == ("Jun", "Jun 13", "June 2013")
    assert months.short(dt.date(2005, 1, 1)) == "Jan 05"


@pytest.mark.parametrize(
    ("month", "days"), [("2013-02", 20), ("2012-02", 21), ("2013-06", 20), ("2013-07", 23), ("2024-02", 21)]
)
def test_working_days(month: str, days: int) -> None:
    assert months.working_days(months.parse(month)) == days


def test_a_calendar_has_its_own_week_and_its_shutdowns() -> None:
    """August 2026 has 21 Mondays to Fridays and 5 Saturdays; shut are a Saturday and then a week of six days."""
    august, shut = dt.date(2026, 8, 1), [(dt.date(2026, 7, 31), dt.date(2026, 8, 9))]
    assert months.working_days(august, 6) == 26
    assert months.working_days(august, 6, shut) == 26 - 1 - 6
    assert months.working_days(august, 5, [(dt.date(2026, 1, 1), dt.date(2026, 12, 31))]) == 0


@given(a_month)
def test_working_days_and_weekend_days_make_a_month(month: dt.date) -> None:
    weeks = calendar.Calendar().itermonthdates(month.year, month.month)
    weekend = sum(day.month == month.month and day.weekday() >= 5 for day in weeks)
    assert months.working_days(month) + weekend == months.last_day(month).day


@given(a_month, st.integers(1, 20))
def test_the_nth_working_day_has_so_many_before_it(month: dt.date, count: int) -> None:
    day = months.working_day(month, count)
    passed = [month + dt.timedelta(days=gone) for gone in range((day - month).days + 1)]
    assert day.weekday() < 5
    assert sum(each.weekday() < 5 for each in passed) == count
    assert months.first(day) == month, "every month has twenty"


def test_working_days_run_on_into_the_next_month() -> None:
    february = dt.date(2013, 2, 1)
    assert months.working_day(february, 20) == dt.date(2013, 2, 28)
    assert months.working_day(february, 21) == dt.date(2013, 3, 1)
    assert months.working_day(dt.date(2013, 6, 1), 1) == dt.date(2013, 6, 3)
