"""What the rolled supply cycles are judged by; the replay itself is `python -m benchmarks.supply_replay`."""

from pathlib import Path

import numpy as np
import pytest


def test_what_grows_the_backlog_is_late_and_what_lies_there_is_stock() -> None:
    from benchmarks import supply_replay as replay

    data = replay.Past(
        products=["old", "new"],
        months=["2012-12", "2013-01"],
        ordered=np.array([[10.0, 30.0], [10.0, 0.0]]),
        received=np.zeros((2, 2)),
        on_hand=np.array([[10.0, 4.0, -30.0], [5.0, -5.0, -2.0]]),
        unit_cost=np.array([2.0, 3.0]),
        lead_time=np.zeros(2, dtype=int),
        new=np.array([False, True]),
    )
    found = replay.recorded(data)
    assert found.late.tolist() == [5, 30]
    assert found.late_new.tolist() == [5, 0]
    assert found.service.tolist() == [0.75, 0]
    assert found.overall == pytest.approx(0.3)
    assert found.value.tolist() == [8, 0]


@pytest.mark.realdata
def test_the_company_served_some_months_and_not_others(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks import supply_replay as replay

    monkeypatch.setattr(replay, "FOLDER", real_data)
    if not (real_data / "adventureworks").is_dir():
        pytest.skip("The AdventureWorks tables are not among the real data sets.")
    data = replay.past()
    assert data.ordered.sum(axis=0).tolist() == [10354, 16801, 18227, 11544, 14563, 14973]
    np.testing.assert_allclose(data.on_hand[:, 1:], data.on_hand[:, :-1] + data.received - data.ordered)
    found = replay.recorded(data)
    assert found.late.tolist() == [0, 17, 6896, 3, 5103, 5]
