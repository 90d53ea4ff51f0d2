"""What happened at Halden: cycles opened, numbers entered, reviews signed, decisions taken, one cycle in progress."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.utils import timezone

from forecasting.models import Forecast
from planning.actions import plan_demand
from planning.models import SalesPlan
from reviews.actions import action_items, approval, cycles, decisions, stages
from reviews.demo import lifecycle, voices
from reviews.demo.clock import clock, working_days_after
from reviews.demo.company import Company
from reviews.demo.demand import Array
from reviews.demo.feed import Feed
from reviews.demo.plot import DATA, DEMAND, EXECUTIVE, PRE_SOP, SUPPLY, Chapter, Doing, Question
from reviews.demo.schedule import Calendar
from reviews.demo.talk import talk
from reviews.models import ActionItem, Decision
from sop import months
from sop.actions import changes, runs
from sop.errors import PlanningError
from sop.models import Cycle, Department, Run, User
from sop.words import short_day

# The cycle in progress: which of its reviews is due how many working days from today.
DATA_DAYS = 3  # after the opening
DUE = {DEMAND: 2, SUPPLY: 6, PRE_SOP: 9, EXECUTIVE: 12}
REVIEW_AFTER_DAYS = 60
LEAST_DAYS = 3  # between what is agreed and the day it is due


@dataclass
class Story:
    """Tells chapter after chapter through the same verbs as the pages."""

    company: Company
    share: Array
    calendar: Calendar
    people: dict[str, User]
    feed: Feed
    say: Callable[[str], None]
    promised: list[tuple[ActionItem, Doing]] = field(default_factory=list)

    def tell(self, chapter: Chapter) -> Cycle:
        """One cycle: opened, and taken as far as it got."""
        cycle = self._gather(chapter)
        self._plan(chapter, cycle)
        if not chapter.ago:
            self._leave_open(chapter, cycle)
            return cycle
        self._sign_demand(chapter, cycle)
        self._review_supply(chapter, cycle)
        self._reconcile(chapter, cycle)
        self._approve(chapter, cycle)
        return cycle

    # --- The reviews ---------------------------------------------------------------------------------------------
    def _gather(self, chapter: Chapter) -> Cycle:
        first = months.add(self.company.first, -chapter.ago)
        with self._at(chapter, DATA, 8):
            self.feed.tell(months.add(first, -1))
            self.say(f"{self.feed.told} sales actuals up to {months.long(months.add(first, -1))}")
            cycle = cycles.open_cycle(first_month=first, by=self.people["coordinator"])
            if not chapter.ago:
                self._set_due(cycle)
        with self._at(chapter, DATA, 10):
            self._run("forecast", cycle, "demand")
        with self._at(chapter, DATA, 14):
            self._submit(cycle, DATA, operations="Stock counted, three differences booked", finance="", demand="")
            self._sign(cycle, DATA, "coordinator", "Actuals and stock are complete")
        self.say(f"{cycle}: forecast of {int((self.share > 0).sum())} series")
        return cycle

    def _plan(self, chapter: Chapter, cycle: Cycle) -> None:
        chance = voices.chance(chapter.ago)
        with self._at(chapter, DEMAND, 8):
            self._keep_promises()
            plan = plan_demand(cycle=cycle, by=self.people["demand"])
            if chapter.ago == 1:
                lifecycle.plan_changes(self.company, self.people)
                plan.refresh_from_db()
        with self._at(chapter, DEMAND, 10):
            self._enter(plan, voices.customers(plan, voices.customers_chance(chapter.ago)))
            self._enter(plan, voices.sales(self.company, plan, chance))
            self._submit(cycle, DEMAND, sales="Key accounts talked to; the chains want more e-bikes")
            self._enter(plan, voices.marketing(self.company, plan, chance))
            self._submit(cycle, DEMAND, marketing="Promotions as agreed in the media plan")
        with self._at(chapter, DEMAND, 12):
            self._enter(plan, voices.finance(self.company, plan, chance))
            self._enter(plan, voices.planner(self.company, plan, self.share))
        self.say(f"{cycle}: sales plan with the numbers of sales, its customers, marketing and finance")

    def _sign_demand(self, chapter: Chapter, cycle: Cycle) -> None:
        with self._at(chapter, DEMAND, 14):
            self._submit(cycle, DEMAND, finance="Carefully, as always: rates are where they were")
            self._ask(chapter, cycle, DEMAND)
            self._sign(cycle, DEMAND, "demand", "Consensus between the baseline and what Sales expects")

    def _review_supply(self, chapter: Chapter, cycle: Cycle) -> None:
        with self._at(chapter, SUPPLY, 9):
            self._plan_supply(cycle)
            self._ask(chapter, cycle, SUPPLY)
        with self._at(chapter, SUPPLY, 15):
            self._sign(cycle, SUPPLY, "operations", chapter.supply_note, despite=chapter.supply_note)
        self.say(f"{cycle}: production plan")

    def _reconcile(self, chapter: Chapter, cycle: Cycle) -> None:
        with self._at(chapter, PRE_SOP, 10):
            self._submit(cycle, PRE_SOP, demand="", operations="", finance="The gap to budget is explained")
            for key in (PRE_SOP, EXECUTIVE):
                self._ask(chapter, cycle, key)
            self._sign(cycle, PRE_SOP, "coordinator", "What needs the executives is on the table")

    def _approve(self, chapter: Chapter, cycle: Cycle) -> None:
        with self._at(chapter, EXECUTIVE, 10):
            for question in chapter.questions:
                if question.decided_by == "executive":
                    self._answer(question, Decision.objects.get(cycle=cycle, issue=question.issue))
            for doing in chapter.doings:
                self._promise(cycle, doing)
            approval.approve(cycle=cycle, by=self.people["executive"], comment=chapter.comment)
        self.say(f"{cycle}: approved")

    def _leave_open(self, chapter: Chapter, cycle: Cycle) -> None:
        """A production plan on yesterday's numbers, questions on the table, finance not in yet."""
        with self._at(chapter, DEMAND, 14):
            self._plan_supply(cycle)
            for key in (DEMAND, SUPPLY, PRE_SOP, EXECUTIVE):
                self._ask(chapter, cycle, key)
            for doing in chapter.doings:
                self._promise(cycle, doing)
        with self._at(chapter, DEMAND, 15):
            talk(cycle, self.people)
        with self._at(chapter, DEMAND, 16):
            plan = SalesPlan.objects.get(cycle=cycle, frozen_at__isnull=True)
            self._enter(plan, voices.afterthought(plan))
        self.say(f"{cycle}: in progress, at the demand review")

    # --- Their parts ---------------------------------------------------------------------------------------------
    @contextmanager
    def _at(self, chapter: Chapter, key: str, hour: int) -> Iterator[None]:
        with clock(self.calendar.moment(chapter, key, hour)):
            yield

    def _enter(self, plan: SalesPlan, gestures: Iterator[voices.Gesture]) -> None:
        voices.enter(plan, gestures, self.people)

    def _plan_supply(self, cycle: Cycle) -> None:
        """The rough-cut check, then the three strategies; the last is the one the review looks at."""
        self._run("capacity", cycle, "operations")
        for strategy in ("level", "chase", "optimal"):
            self._run("supply", cycle, "operations", strategy=strategy)

    def _run(self, kind: str, cycle: Cycle, person: str, **parameters: str) -> None:
        run = runs.start(kind=kind, cycle=cycle, parameters=dict(parameters), by=self.people[person])
        run = runs.run_inline(run)
        if run.state != Run.State.DONE:
            raise PlanningError(f"The {kind} of {cycle} ended as {run.state}: {run.error}")
        # The database stamped these with its own clock.
        now = timezone.now()
        Run.objects.filter(pk=run.pk).update(started_at=run.created_at, finished_at=now, updated_at=now)
        Forecast.objects.filter(run=run).update(published_at=now)

    def _submit(self, cycle: Cycle, key: str, **notes: str) -> None:
        stage = cycle.stages.get(key=key)
        for person, note in notes.items():
            by = self.people[person]
            department = Department.objects.get(memberships__user=by)
            stages.submit(stage=stage, department=department, by=by, note=note)

    def _sign(self, cycle: Cycle, key: str, person: str, note: str, despite: str = "") -> None:
        stages.sign_off(stage=cycle.stages.get(key=key), by=self.people[person], note=note, despite=despite)

    def _set_due(self, cycle: Cycle) -> None:
        """The calendar of the cycle in progress, laid around today."""
        gathered = working_days_after(timezone.localdate(), DATA_DAYS)
        cycle.stages.filter(key=DATA).update(due=gathered)
        for key, days in DUE.items():
            cycle.stages.filter(key=key).update(due=working_days_after(self.calendar.today, days))
        last = cycle.stages.get(key=EXECUTIVE).due
        what = changes.What(
            "stage.moved",
            f"Moved the reviews of {cycle}, executive review {short_day(last)}",
            object=f"cycle:{cycle.code}",
            reason="The month is closed late",
        )
        changes.record(what, by=self.people["coordinator"], cycle=cycle)

    def _ask(self, chapter: Chapter, cycle: Cycle, key: str) -> None:
        """Put the questions of a review; its planner answers those that need no executive."""
        for question in chapter.questions:
            if question.stage == key:
                decision = self._propose(cycle, question)
                if question.decided_by != "executive":
                    self._answer(question, decision)

    def _propose(self, cycle: Cycle, question: Question) -> Decision:
        today = timezone.localdate()
        due = self._day(question.due) if question.due else today + dt.timedelta(days=REVIEW_AFTER_DAYS)
        proposal = decisions.Proposal(
            issue=question.issue,
            owner=self.people[question.owner],
            due=due,
            options=question.options,
            recommendation=question.recommendation,
            stage=cycle.stages.get(key=question.stage),
        )
        by = self.people["demand" if question.stage == DEMAND else "coordinator"]
        decision = decisions.propose(cycle=cycle, proposal=proposal, by=by)
        if not question.choice:
            for doing in question.doings:
                self._promise(cycle, doing, decision)
        return decision

    def _answer(self, question: Question, decision: Decision) -> None:
        by = self.people[question.decided_by]
        if question.deferred:
            due = self.calendar.today + dt.timedelta(days=question.deferred)
            decisions.defer(decision=decision, due=due, reason=question.reason, by=by)
            return
        decisions.decide(decision=decision, choice=question.choice, by=by)
        for doing in question.doings:
            self._promise(decision.cycle, doing, decision)

    def _promise(self, cycle: Cycle, doing: Doing, decision: Decision | None = None) -> None:
        owner = self.people[doing.owner]
        department = Department.objects.filter(code=doing.department).first()
        task = action_items.Task(doing.text, owner, self._day(doing.due), decision, department)
        item = action_items.add(cycle=cycle, task=task, by=self.people["coordinator"])
        if doing.started:
            action_items.start(item=item, by=owner)
        if doing.result:
            self.promised.append((item, doing))

    def _keep_promises(self) -> None:
        for item, doing in self.promised:
            action_items.finish(item=item, result=doing.result, by=item.owner)
        self.promised.clear()

    def _day(self, days: int) -> dt.date:
        """A day counted from today, and never before it can be met."""
        return max(self.calendar.today + dt.timedelta(days=days), timezone.localdate() + dt.timedelta(days=LEAST_DAYS))
