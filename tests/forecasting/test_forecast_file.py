"""A forecast from a file to a file. No test here may touch a database: pytest-django refuses every query."""

import csv
import gzip
import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from forecasting.actions import files
from forecasting.engine import boosting_is_installed, forecast
from sop import months

HORIZON = 3
START = months.parse("2021-01")


def sold(series: str, count: int = 36, level: float = 100) -> list[tuple[str, str, str]]:
    """A season and a little noise, the same in every run."""
    random = np.random.default_rng(len(series))
    units = level * (1 + 0.3 * np.sin(2 * np.pi * np.arange(count) / 12)) + random.normal(0, level / 20, count)
    return [
        (series, months.code(month), f"{value:.1f}")
        for month, value in zip(months.span(START, count), units, strict=True)
    ]


def save(path: Path, rows: list[tuple[str, ...]], header: tuple[str, ...] = ("series", "month", "quantity")) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def run(source: Path, *options: str, horizon: int = HORIZON) -> tuple[str, Path]:
    out, target = StringIO(), source.with_name("out.csv")
    call_command("forecast_file", str(source), str(target), "--horizon", str(horizon), *options, stdout=out)
    return out.getvalue(), target


def refusal(source: Path, **options: int) -> str:
    with pytest.raises(CommandError) as caught:
        run(source, **options)
    assert not source.with_name("out.csv").exists()
    return str(caught.value)


@pytest.fixture
def given(tmp_path: Path) -> Path:
    return save(tmp_path / "in.csv", [*sold("tent"), *sold("stove", level=20)])


def test_what_is_written_is_what_the_engine_says(given: Path) -> None:
    said, target = run(given)
    past = files.read(given)
    found = forecast(past.quantity, HORIZON, first_month=1)
    rows = table(target)
    assert list(rows[0]) == ["series", "month", "mean", "lower80", "upper80", "lower90", "upper90", "pattern"]
    assert [(row["series"], row["month"]) for row in rows] == [
        (name, month) for name in ("stove", "tent") for month in ("2024-01", "2024-02", "2024-03")
    ]
    figures = np.array([[float(row[name]) for name in list(row)[2:7]] for row in rows])
    bounds = [found.lower[:, :, 0], found.upper[:, :, 0], found.lower[:, :, 1], found.upper[:, :, 1]]
    assert figures == pytest.approx(np.stack([found.mean, *bounds], axis=2).reshape(-1, 5), rel=1e-8)
    assert {row["pattern"] for row in rows} == {"smooth"}
    assert said.startswith("2 series forecast for 3 months from 2024-01 on: WAPE ")


def test_its_own_forecast_can_be_read_again(given: Path) -> None:
    _, target = run(given)
    rows = [(row["series"], row["month"], row["mean"]) for row in table(target)]
    again = files.read(save(given.with_name("again.csv"), rows))
    assert again.names == ["stove", "tent"]
    assert months.code(again.start) == "2024-01"
    assert again.quantity.shape == (2, HORIZON)


def test_json_and_members(tmp_path: Path) -> None:
    seldom = [
        ("axle", months.code(month), "3" if n % 4 == 1 else "0") for n, month in enumerate(months.span(START, 36))
    ]
    said, target = run(save(tmp_path / "in.csv", [*sold("tent"), *seldom]), "--json", "--members")
    result = json.loads(said)
    assert (result["series"], result["rows"], result["from"]) == (2, 6, "2024-01")
    assert result["patterns"] == {"intermittent": 1, "smooth": 1}
    assert 0 < result["wape"] < 0.2
    axle, *_, tent = table(target)
    assert float(axle["sba"]) == pytest.approx(0.75, abs=0.2)
    assert (axle["theta"], tent["sba"]) == ("", "")
    assert float(tent["theta"]) > 0


def test_the_order_of_rows_and_the_way_of_writing_months_do_not_matter(given: Path) -> None:
    _, target = run(given)
    expected = target.read_text(encoding="utf-8")
    rows = [(name, f"{month}-01", quantity) for name, month, quantity in [*sold("tent"), *sold("stove", level=20)]]
    _, target = run(save(given, rows[::-1]))
    assert target.read_text(encoding="utf-8") == expected


def test_a_month_without_a_row_is_missing_and_zero_is_zero(tmp_path: Path) -> None:
    past = files.read(save(tmp_path / "in.csv", [("a", "2024-01", "5"), ("a", "2024-04", "0"), ("b", "2024-02", "-3")]))
    np.testing.assert_array_equal(past.quantity, [[5, np.nan, np.nan, 0], [np.nan, -3, np.nan, np.nan]])
    assert past.names == ["a", "b"]


def test_returns_and_gaps_are_forecast(tmp_path: Path) -> None:
    rows = sold("a")
    rows[20] = ("a", rows[20][1], "-40")
    _, target = run(save(tmp_path / "in.csv", rows[:10] + rows[13:]))
    assert all(float(row["mean"]) > 0 for row in table(target))


def test_no_more_than_ten_years_are_kept(tmp_path: Path) -> None:
    rows = [("a", months.code(month), "1") for month in months.span(START, 200)]
    assert files.read(save(tmp_path / "in.csv", rows)).quantity.shape == (1, 120)


def test_semicolons_decimal_commas_and_gzip(tmp_path: Path) -> None:
    path = tmp_path / "in.csv.gz"
    path.write_bytes(gzip.compress("\ufeffSeries;Month;Quantity;Note\nÄpfel;2024-01;1.234,5;x\n".encode()))
    past = files.read(path)
    assert (past.names, past.quantity.tolist()) == (["Äpfel"], [[1234.5]])


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (("a", "2024-13", "1"), "row 3, month: “2024-13” is not a month: there is no month 13"),
        (("a", "June", "1"), "row 3, month: “June” is not a month; write it as 2013-06"),
        (("a", "2024-02-15", "1"), "row 3, month: “2024-02-15” is a day; a month is written as 2024-02"),
        (("a", "2024-02", "ten"), "row 3, quantity: “ten” is not a number"),
        (("a", "2024-02", "1,5"), "row 3, quantity: “1,5” is not a number; write it with a decimal point"),
        (("a", "2024-02", "nan"), "row 3, quantity: “nan” is not a number"),
        (("a", "2024-02", ""), "row 3, quantity: is blank; write 0 where nothing was sold, and leave the row out"),
        (("", "2024-02", "1"), "row 3, series: is blank"),
        (("a", "2024-02", "1", "2"), "row 3, cells: has 4 cells, but there are 3 columns"),
        (("a", "2024-01", "1"), "row 3, month: “a” has its 2024-01 in row 2 already; keep one row, or their sum"),
    ],
)
def test_a_bad_row_is_named_with_what_to_do(tmp_path: Path, row: tuple[str, ...], complaint: str) -> None:
    assert complaint in refusal(save(tmp_path / "in.csv", [("a", "2024-01", "1"), row]))


def test_many_bad_rows_are_counted(tmp_path: Path) -> None:
    said = refusal(save(tmp_path / "in.csv", [("a", "2024-01", "x")] * 25))
    assert "row 21," in said
    assert "row 22," not in said
    assert said.endswith("and 5 more")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    said = refusal(save(tmp_path / "in.csv", [("a", "2024-01", "1")], ("series", "month", "quantities")))
    assert "in.csv has no column “quantity”; did you mean “quantities”?" in said


def test_what_cannot_be_forecast_is_said(tmp_path: Path, given: Path) -> None:
    assert "There is no file" in refusal(tmp_path / "nowhere.csv")
    assert "no rows below its header" in refusal(save(tmp_path / "none.csv", []))
    assert "1 to 60 months, not 0" in refusal(given, horizon=0)
    with pytest.raises(CommandError, match="would overwrite"):
        call_command("forecast_file", str(given), str(given), "--horizon", "3")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("forecast_file", str(given), str(tmp_path / "no" / "out.csv"), "--horizon", "3")


@pytest.mark.skipif(boosting_is_installed(), reason="LightGBM is installed")
def test_the_boosted_model_is_refused_where_its_library_is_missing(given: Path) -> None:
    with pytest.raises(CommandError, match="needs LightGBM, which is not installed"):
        run(given, "--boosted")
    assert not given.with_name("out.csv").exists()


@pytest.mark.skipif(not boosting_is_installed(), reason="LightGBM is an optional extra: requirements-extra.txt")
def test_the_boosted_model_stays_out_where_there_is_too_little_to_learn(given: Path) -> None:
    _, target = run(given)
    plain = target.read_text()
    said, target = run(given, "--boosted")
    assert "; the boosted model would not help" in said
    assert target.read_text() == plain


def test_it_runs_where_no_database_answers(given: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    nowhere = {**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing"}
    command = [sys.executable, "manage.py", "forecast_file", str(given), str(given.with_name("o.csv")), "--horizon=2"]
    done = subprocess.run(command, cwd=root, env=nowhere, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(table(given.with_name("o.csv"))) == 4
