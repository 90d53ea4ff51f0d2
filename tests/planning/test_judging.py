"""Actuals that come after the cycle was opened judge what is over, and corrected ones turn the verdict."""

from typing import Any

import pytest

from planning.actions import scoring
from planning.models import Assumption
from sop.actions import postings, runs
from sop.models import Change, Run
from tests import factories as make
from tests.planning.test_assumptions import JULY, JUNE, Company

pytestmark = pytest.mark.django_db


class Late(Company):
    """Assumed +20 % for the city bike in the north in June; July is open, June's sales are not in yet."""

    def __init__(self) -> None:
        super().__init__()
        reach = {"product": self.products["city"], "market": self.north, "first_month": JUNE, "last_month": JUNE}
        self.assumption = self.assume(**reach).assumption
        self.july = make.make_cycle(JULY)
        assert scoring.score_expired(cycle=self.july, by=None) == []

    def post(self, capture: Any, quantity: float, day: str = "2026-06-20", key: str = "late") -> None:
        record = {"external_id": key, "product": "city", "market": "north", "date": day, "kind": "ordered"}
        with capture(execute=True):
            receipt = postings.post_actuals(
                source="erp", records=[record | {"quantity": quantity, "revenue": 1}], by=None
            )
            assert not receipt.rejected
        for run in Run.objects.filter(kind="judging", state=Run.State.QUEUED):
            assert runs.run_inline(run).state == Run.State.DONE

    @property
    def state(self) -> str:
        return Assumption.objects.get(pk=self.assumption.pk).state


@pytest.fixture
def company() -> Late:
    return Late()


def test_late_actuals_judge_by_themselves_and_a_correction_turns_the_verdict(
    company: Late, django_capture_on_commit_callbacks: Any
) -> None:
    capture = django_capture_on_commit_callbacks
    company.post(capture, 95)
    assert company.state == "failed"
    company.post(capture, 118)
    assert company.state == "held"
    assert Run.objects.get(kind="judging", pk=Run.objects.latest("pk").pk).result == {"judged": 1}
    assert Change.objects.filter(kind="assumption.judged").count() == 2


def test_actuals_of_other_months_ask_for_nothing(company: Late, django_capture_on_commit_callbacks: Any) -> None:
    company.post(django_capture_on_commit_callbacks, 50, day="2026-05-10")
    assert not Run.objects.filter(kind="judging").exists()
    assert company.state == "open"


def test_many_deliveries_wait_for_one_verdict(company: Late, django_capture_on_commit_callbacks: Any) -> None:
    record = {"product": "city", "market": "north", "date": "2026-06-20", "kind": "ordered", "revenue": 1}
    for number in range(3):
        with django_capture_on_commit_callbacks(execute=True):
            records = [record | {"external_id": str(number), "quantity": 40}]
            postings.post_actuals(source="erp", records=records, by=None)
    assert Run.objects.filter(kind="judging").count() == 1
