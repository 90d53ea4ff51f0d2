"""Twelve replayed cycles on real sales: the blend by record against the plain mean of the departments."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.realdata


def test_the_blend_is_not_worse_than_the_plain_mean(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks import consensus

    monkeypatch.setattr(consensus, "FOLDER", real_data)
    if not (real_data / "adventureworks").is_dir():
        pytest.skip("The AdventureWorks tables are not among the real data sets.")
    mean, mixed = (consensus.COLUMNS.index(name) for name in ("Plain mean", "Blend"))
    for seed in list(consensus.SEEDS)[:3]:
        found = consensus.replay(consensus.company(), seed)
        assert len(found.months) == 12
        assert found.overall[mixed] < found.overall[mean]
        assert (found.errors[:, mixed] <= found.errors[:, mean] + 0.001).all()
