"""A meeting is led from item to item; departments answer, what is said is kept, and the minutes hold exactly that."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from planning.models import Input, SalesPlanLine, Stream
from planning.queries import plans
from reviews.actions import agenda, meetings, stages
from reviews.models import ActionItem, AgendaItem, Answer, Attendance, Decision, Meeting, Talk
from reviews.queries.action_line import day, parse
from reviews.queries.agenda import lines
from reviews.queries.meeting import room
from reviews.queries.minutes import minutes
from sop.errors import Conflict, Locked, NotAllowed, NotFound, PlanningError
from sop.models import Change, Cycle
from tests.factories import make_outsider, make_user
from tests.reviews.company import Company, department, stage, walk
from tests.reviews.test_agenda import EVERYBODY, LEADS, speak, undone

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
ASKED = {"sales", "marketing", "finance", "operations"}
Said, Verdict = meetings.Said, meetings.Verdict


@pytest.fixture
def meeting(ready: Cycle, company: Company) -> Meeting:
    """The demand review meets: Bikes is below budget, and Sales and Finance differ on a bicycle."""
    walk(ready, company, until="demand-review")
    speak(ready, company, {"sales": 180, "finance": 90})
    return meetings.start(stage=stage(ready, "demand-review"), by=company.demand)


@pytest.fixture
def dispute(meeting: Meeting) -> AgendaItem:
    return meeting.stage.agenda.get(key="dispute:bikes-1")


@pytest.fixture
def topic(meeting: Meeting, company: Company) -> AgendaItem:
    return agenda.add(stage=meeting.stage, topic=agenda.Topic("Trade fair"), by=company.sales)


def test_a_meeting_begins_with_the_dearest_item(meeting: Meeting, company: Company) -> None:
    assert meeting.item == meeting.stage.agenda.first()
    assert meeting.presenter == company.demand
    planned = sum(meeting.stage.agenda.values_list("minutes", flat=True))
    assert round((meeting.planned_end - meeting.item_since).total_seconds() / 60) == planned
    with pytest.raises(Conflict, match="running already"):
        meetings.start(stage=meeting.stage, by=company.coordinator)


def test_everybody_sees_the_item_that_is_on(meeting: Meeting, dispute: AgendaItem, company: Company) -> None:
    version = meeting.version
    moved = meetings.go(meeting=meeting, item=dispute, by=company.demand)
    moved.refresh_from_db()
    assert moved.version > version
    for who in ("coordinator", "sales", "operations", "viewer"):
        seen = room(moved, company.people[who])
        assert seen.line is not None
        assert (seen.line.item, seen.leads) == (dispute, who in LEADS)


def test_departments_are_asked_in_order_with_their_numbers(
    meeting: Meeting, dispute: AgendaItem, company: Company
) -> None:
    meetings.go(meeting=meeting, item=dispute, by=company.demand)
    meeting.refresh_from_db()
    voices = room(meeting, company.sales).voices
    assert [(voice.department.code, voice.units, voice.asked, voice.mine) for voice in voices] == [
        ("sales", 180.0, True, True),
        ("marketing", None, False, False),
        ("finance", 90.0, False, False),
        ("operations", None, False, False),
    ]
    assert voices[0].off_baseline == pytest.approx(0.8)
    meetings.answer(meeting=meeting, item=dispute, department=department("sales"), said=Said(True), by=company.sales)
    assert [voice.asked for voice in room(meeting, company.sales).voices] == [False, True, False, False]


def test_a_department_speaks_with_the_first_of_its_streams(
    meeting: Meeting, dispute: AgendaItem, company: Company
) -> None:
    customers = Stream.objects.create(code="customers", name="Customers", department=department("sales"), position=9)
    plan = plans.working(meeting.stage.cycle)
    Input.objects.create(plan=plan, stream=customers, series=company.series[0], month=plan.start, quantity=140)
    meetings.go(meeting=meeting, item=dispute, by=company.demand)
    meeting.refresh_from_db()
    assert room(meeting, company.sales).voices[0].units == 180.0


def test_a_department_has_its_own_number_and_says_why(meeting: Meeting, dispute: AgendaItem, company: Company) -> None:
    sales = department("sales")
    with pytest.raises(PlanningError, match="Say why"):
        meetings.answer(meeting=meeting, item=dispute, department=sales, said=Said(False, 190), by=company.sales)
    said = Said(False, 190, "Sport Nord has signed")
    told = meetings.answer(meeting=meeting, item=dispute, department=sales, said=said, by=company.sales)
    assert (told.agrees, told.units, told.why, told.by) == (False, 190.0, "Sport Nord has signed", company.sales)
    changed = meetings.answer(meeting=meeting, item=dispute, department=sales, said=Said(True, 5), by=company.sales)
    assert (changed.pk, changed.agrees, changed.units) == (told.pk, True, None)


def test_a_decided_dispute_goes_into_the_sales_plan(meeting: Meeting, dispute: AgendaItem, company: Company) -> None:
    verdict = Verdict(method="stream:sales", reason="The order is in")
    decision = meetings.decide(meeting=meeting, item=dispute, verdict=verdict, by=company.demand)
    assert (decision.choice, decision.reason, decision.decided_by) == ("Sales 180", "The order is in", company.demand)
    assert decision.options == ["Blend 135", "Baseline 100", "Finance 90", "Sales 180"]
    line = SalesPlanLine.objects.get(plan=plans.working(meeting.stage.cycle), series=company.series[0])
    assert line.consensus.tolist() == [180.0, 100.0, 100.0]
    dispute.refresh_from_db()
    assert (dispute.state, dispute.decision) == (AgendaItem.State.DECIDED, decision)


def test_a_number_of_its_own_is_decided_over_the_months(
    meeting: Meeting, dispute: AgendaItem, company: Company
) -> None:
    verdict = Verdict(method="number", number=150, reason="Half of it")
    decision = meetings.decide(meeting=meeting, item=dispute, verdict=verdict, by=company.demand)
    assert decision.choice == "A number: 150"
    entered = Input.objects.get(stream=None, series=company.series[0])
    assert (entered.quantity, entered.reason) == (150.0, "Half of it")


@pytest.mark.parametrize(
    ("verdict", "why"),
    [
        (Verdict(method="blend"), "Say why"),
        (Verdict(method="stream:marketing", reason="x"), "not one of the proposals"),
        (Verdict(method="number", reason="x"), "Say which number"),
        (Verdict(reason="x"), "Say what is decided"),
    ],
)
def test_an_incomplete_verdict_changes_nothing(
    meeting: Meeting, dispute: AgendaItem, company: Company, verdict: Verdict, why: str
) -> None:
    with pytest.raises(PlanningError, match=why):
        meetings.decide(meeting=meeting, item=dispute, verdict=verdict, by=company.demand)
    dispute.refresh_from_db()
    assert dispute.state == AgendaItem.State.OPEN
    assert not Decision.objects.exists()
    assert not Input.objects.filter(stream=None).exists()


def test_a_settled_item_takes_no_answer_until_it_is_opened_again(
    meeting: Meeting, topic: AgendaItem, company: Company
) -> None:
    verdict = Verdict(choice="We go", reason="Dealers ask for it")
    meetings.decide(meeting=meeting, item=topic, verdict=verdict, by=company.demand)
    sales = {"meeting": meeting, "item": topic, "department": department("sales"), "by": company.sales}
    with pytest.raises(Conflict, match="is decided already"):
        meetings.answer(**sales, said=Said(True))
    meetings.settle(meeting=meeting, item=topic, how=agenda.reopen, by=company.demand)
    assert meetings.answer(**sales, said=Said(True)).agrees


# --- Notes ------------------------------------------------------------------------------------------------------------
def test_notes_are_kept_with_a_version(meeting: Meeting, topic: AgendaItem, company: Company) -> None:
    first = meetings.note(meeting=meeting, item=topic, text="Stand is booked", version=0, by=company.sales)
    second = meetings.note(meeting=meeting, item=topic, text="Stand is paid", version=1, by=company.finance)
    assert (first.version, second.version) == (1, 2)
    with pytest.raises(Conflict) as refusal:
        meetings.note(meeting=meeting, item=topic, text="Stand is cancelled", version=1, by=company.sales)
    assert refusal.value.extra == {"notes": "Stand is paid", "version": 2}
    # Sent again after a lost answer: nothing happens twice.
    again = meetings.note(meeting=meeting, item=topic, text="Stand is paid", version=1, by=company.finance)
    assert again.version == 2


def test_the_clock_keeps_the_time_of_each_item(
    meeting: Meeting, dispute: AgendaItem, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, start = meeting.item, meeting.item_since
    for seconds, item in ((90, dispute), (150, first)):
        Meeting.objects.update(item_since=timezone.now() - dt.timedelta(seconds=seconds))
        meetings.go(meeting=meeting, item=item, by=company.demand)
    assert dict(Talk.objects.values_list("item", "seconds")) == {first.pk: 90, dispute.pk: 150}
    meeting.refresh_from_db()
    assert room(meeting, company.sales).seconds_left in (first.minutes * 60 - 90, first.minutes * 60 - 91)
    assert start < meeting.item_since


# --- Actions in one line ----------------------------------------------------------------------------------------------
TODAY = dt.date(2026, 12, 10)  # a Thursday


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("15 Jan", dt.date(2027, 1, 15)),
        ("15 January 2028", dt.date(2028, 1, 15)),
        ("Dec 12", dt.date(2026, 12, 12)),
        ("15.1.", dt.date(2027, 1, 15)),
        ("15.1.2028", dt.date(2028, 1, 15)),
        ("2027-01-15", dt.date(2027, 1, 15)),
        ("Friday", dt.date(2026, 12, 11)),
        ("thu", dt.date(2026, 12, 17)),
        ("tomorrow", dt.date(2026, 12, 11)),
        ("today", TODAY),
        ("31 Feb", None),
        ("Foo 12", None),
        ("soon", None),
    ],
)
def test_a_day_as_people_write_it(text: str, date: dt.date | None) -> None:
    assert day(text, TODAY) == date


def test_a_line_is_who_what_and_by_when(company: Company) -> None:
    told = parse("@operations check capacity by Anna by 15 Jan", TODAY)
    assert (told.owner, told.text, told.due) == (company.operations, "check capacity by Anna", dt.date(2027, 1, 15))
    assert told.missing == ""
    company.operations.first_name = "Sara"
    company.operations.save()
    assert parse("@sara: check capacity by 15 Jan.", TODAY).owner == company.operations


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("check capacity by 15 Jan", "Say who: @name"),
        ("@nobody check capacity by 15 Jan", "Nobody is called @nobody"),
        ("@operations by 15 Jan", "Say what"),
        ("@operations check capacity by soon", "Say by when: by 12 Dec"),
    ],
)
def test_a_line_says_what_it_lacks(company: Company, line: str, missing: str) -> None:
    assert parse(line, TODAY).missing == missing


def test_an_action_belongs_to_the_item_that_is_on(meeting: Meeting, company: Company) -> None:
    with pytest.raises(PlanningError, match="Say by when"):
        meetings.act(meeting=meeting, line="@operations check capacity", by=company.sales)
    item = meetings.act(meeting=meeting, line="@operations check capacity by tomorrow", by=company.sales)
    assert (item.owner, item.agenda_item, item.meeting) == (company.operations, meeting.item, meeting)


# --- Who may, through every door --------------------------------------------------------------------------------------
STEPS: dict[str, tuple[set[str], dict[str, Any]]] = {
    "go": (LEADS, {}),
    "present": (LEADS, {}),
    "answer": ({"sales"}, {"department": "sales", "agrees": True}),
    "decide": (LEADS, {"choice": "We go", "reason": "Dealers ask for it"}),
    "defer": (LEADS, {"reason": "No time"}),
    "escalate": (LEADS, {"reason": "Too dear", "to_stage": "pre-sop"}),
    "note": (LEADS | ASKED, {"text": "Said", "version": 0}),
    "act": (LEADS | ASKED | {"executive"}, {"line": "@operations check capacity by tomorrow"}),
    "end": (LEADS, {}),
}


@pytest.mark.parametrize("door", ["page", "api"])
@pytest.mark.parametrize("verb", STEPS)
def test_each_step_is_taken_by_those_who_may_and_nobody_else(
    meeting: Meeting, topic: AgendaItem, company: Company, client: Client, verb: str, door: str
) -> None:
    allowed, body = STEPS[verb]
    told = {"item": topic.pk, **body}
    of_item = f"agenda-items/{topic.pk}" if verb in ("defer", "escalate") else f"meetings/{meeting.pk}"
    for who in EVERYBODY:
        with undone():
            before = Change.objects.count()
            client.force_login(company.people[who])
            if door == "page":
                answer = client.post(f"/meetings/{meeting.pk}/{verb}/", told)
            else:
                answer = client.post(f"/api/v1/{of_item}/{verb}/", told, content_type="application/json")
            assert answer.status_code in ((200, 201) if who in allowed else (403,)), (who, answer.content)
            assert (Change.objects.count() > before) == (who in allowed), who


@pytest.mark.parametrize("door", ["page", "api"])
def test_who_leads_a_review_opens_its_meeting(ready: Cycle, company: Company, client: Client, door: str) -> None:
    walk(ready, company, until="demand-review")
    body = {"cycle": "2013-06", "stage": "demand-review"}
    for who in EVERYBODY:
        with undone():
            client.force_login(company.people[who])
            if door == "page":
                answer = client.post("/reviews/2013-06/demand-review/meeting/start/")
            else:
                answer = client.post("/api/v1/meetings/", body, content_type="application/json")
            assert Meeting.objects.exists() == (who in LEADS), who
            assert (answer.status_code == 403) == (who not in LEADS), who


@pytest.mark.parametrize("verb", STEPS)
def test_after_the_end_no_step_is_taken(
    meeting: Meeting, topic: AgendaItem, company: Company, client: Client, verb: str
) -> None:
    meetings.end(meeting=meeting, by=company.demand)
    who = "sales" if verb == "answer" else "demand"
    client.force_login(company.people[who])
    answer = client.post(f"/meetings/{meeting.pk}/{verb}/", {"item": topic.pk, **STEPS[verb][1]})
    assert (answer.status_code, "has ended" in answer.json()["detail"]) == (409, True)


def test_a_signed_review_takes_no_step(meeting: Meeting, topic: AgendaItem, company: Company) -> None:
    for submission in meeting.stage.submissions.all():
        by = company.people[submission.department.code]
        stages.submit(stage=meeting.stage, department=submission.department, by=by)
    stages.sign_off(stage=meeting.stage, by=company.demand)
    with pytest.raises(Locked, match="signed off"):
        meetings.note(meeting=meeting, item=topic, text="Late", version=0, by=company.sales)


def test_nobody_answers_for_another_department(meeting: Meeting, topic: AgendaItem, company: Company) -> None:
    for who in ("marketing", "coordinator", "executive"):
        with pytest.raises(NotAllowed):
            meetings.answer(
                meeting=meeting, item=topic, department=department("sales"), said=Said(True), by=company.people[who]
            )
    with pytest.raises(NotFound, match="Management is not asked"):
        meetings.answer(
            meeting=meeting, item=topic, department=department("management"), said=Said(True), by=company.executive
        )


def test_an_item_of_another_review_is_not_gone_to(meeting: Meeting, company: Company) -> None:
    elsewhere = agenda.add(stage=stage(meeting.stage.cycle, "pre-sop"), topic=agenda.Topic("Else"), by=company.finance)
    with pytest.raises(NotFound):
        meetings.go(meeting=meeting, item=elsewhere, by=company.demand)


def test_a_colleague_of_other_families_follows_without_seeing_the_item(
    meeting: Meeting, dispute: AgendaItem, company: Company, client: Client
) -> None:
    meetings.go(meeting=meeting, item=dispute, by=company.demand)
    client.force_login(make_user("some", "sales", families=[company.families[1]]))
    shown = client.get(f"/meetings/{meeting.pk}/").content.decode()
    assert "An item of other families" in shown
    assert dispute.title not in shown
    answer = client.post(f"/meetings/{meeting.pk}/answer/", {"department": "sales", "agrees": "on"})
    assert answer.status_code == 404
    assert not Answer.objects.exists()


@pytest.mark.parametrize("limits", [{"money": False}, {"market": True}])
def test_figures_stay_with_those_who_see_them(
    meeting: Meeting, dispute: AgendaItem, company: Company, client: Client, limits: dict[str, bool]
) -> None:
    meetings.go(meeting=meeting, item=dispute, by=company.demand)
    said = Said(False, 190, "Sport Nord has signed")
    meetings.answer(meeting=meeting, item=dispute, department=department("sales"), said=said, by=company.sales)
    narrow = {"markets": [company.markets[1]]} if limits.get("market") else {}
    client.force_login(make_user("some", "marketing", money=limits.get("money", True), **narrow))
    shown = client.get(f"/meetings/{meeting.pk}/").content.decode()
    assert "€" not in shown
    assert (">190<" in shown) == (not narrow)


def test_an_outsider_neither_follows_nor_is_noted_as_there(meeting: Meeting, client: Client) -> None:
    client.force_login(make_outsider("olga"))
    for address in ("", "live/", "minutes/", "preview/?line=@sales"):
        assert client.get(f"/meetings/{meeting.pk}/{address}").status_code == 403
    assert client.post(f"/meetings/{meeting.pk}/here/").status_code == 403
    assert Attendance.objects.count() == 1


def test_whoever_opens_the_page_is_there_once(meeting: Meeting, company: Company, client: Client) -> None:
    client.force_login(company.viewer)
    for _ in range(2):
        client.get(f"/meetings/{meeting.pk}/")
        client.post(f"/meetings/{meeting.pk}/here/")
    assert Attendance.objects.filter(user=company.viewer).count() == 1
    assert Change.objects.filter(kind="meeting.joined", by=company.viewer).count() == 1


# --- Minutes ----------------------------------------------------------------------------------------------------------
def test_the_minutes_hold_exactly_what_was_done(
    meeting: Meeting, dispute: AgendaItem, topic: AgendaItem, company: Company, client: Client
) -> None:
    meetings.here(meeting=meeting, by=company.sales)
    meetings.go(meeting=meeting, item=dispute, by=company.demand)
    said = Said(False, 190, "Sport Nord has signed")
    meetings.answer(meeting=meeting, item=dispute, department=department("sales"), said=said, by=company.sales)
    meetings.answer(
        meeting=meeting, item=dispute, department=department("finance"), said=Said(True), by=company.finance
    )
    meetings.note(meeting=meeting, item=dispute, text="DACH decides in July", version=0, by=company.demand)
    meetings.act(meeting=meeting, line="@sales confirm the order by tomorrow", by=company.demand)
    verdict = Verdict(method="blend", reason="As usual")
    meetings.decide(meeting=meeting, item=dispute, verdict=verdict, by=company.demand)
    meetings.settle(meeting=meeting, item=topic, how=agenda.defer, reason="No time", by=company.demand)
    meetings.end(meeting=meeting, by=company.demand)

    meeting.refresh_from_db()
    told = minutes(meeting, company.viewer)
    assert [each.user for each in told.attendances] == [company.demand, company.sales]
    assert [(each.line.item.title, each.line.item.state) for each in told.entries] == [
        ("Bikes against budget", "open"),  # it was on when the meeting began
        (dispute.title, "decided"),
        ("Trade fair", "deferred"),
    ]
    entry = told.entries[1]
    assert [(each.department.code, each.units, each.why) for each in entry.dissent] == [
        ("sales", 190.0, "Sport Nord has signed")
    ]
    assert [each.department.code for each in entry.agreed] == ["finance"]
    assert [item.text for item in entry.actions] == ["confirm the order"]
    assert entry.talk is not None
    assert entry.talk.notes == "DACH decides in July"
    assert told.snapshot is None
    client.force_login(company.viewer)
    shown = client.get(f"/meetings/{meeting.pk}/minutes/").content.decode()
    for words in (
        "Blend 135",
        "As usual",
        "Sport Nord has signed",
        "DACH decides in July",
        "No time",
        "has not signed",
    ):
        assert words in shown
    assert ActionItem.objects.get().decision is None


def test_the_minutes_show_the_signature_and_whether_the_plans_are_unchanged(
    meeting: Meeting, company: Company, client: Client
) -> None:
    meetings.end(meeting=meeting, by=company.demand)
    for submission in meeting.stage.submissions.all():
        by = company.people[submission.department.code]
        stages.submit(stage=meeting.stage, department=submission.department, by=by)
    snapshot = stages.sign_off(stage=meeting.stage, by=company.demand, note="One plan")
    meeting.stage.refresh_from_db()
    assert snapshot is not None
    told = minutes(meeting, company.viewer)
    assert (told.snapshot, told.unbroken) == (snapshot, True)
    client.force_login(company.viewer)
    shown = client.get(f"/meetings/{meeting.pk}/minutes/").content.decode()
    assert snapshot.digest in shown
    assert "One plan" in shown


def test_what_the_meeting_left_open_is_on_the_agenda(meeting: Meeting, company: Company) -> None:
    meetings.end(meeting=meeting, by=company.demand)
    assert {line.item.state for line in lines(meeting.stage, company.demand)} == {"open"}


def test_a_room_costs_a_fixed_number_of_queries(
    meeting: Meeting, dispute: AgendaItem, company: Company, django_assert_max_num_queries: Any
) -> None:
    meetings.go(meeting=meeting, item=dispute, by=company.demand)
    for number in range(30):
        meetings.here(meeting=meeting, by=make_user(f"guest{number}", "sales"))
    meeting.refresh_from_db()
    with django_assert_max_num_queries(55):
        seen = room(meeting, company.sales)
    assert len(seen.attendances) == 31
