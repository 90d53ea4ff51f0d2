"""The monthly reviews: stages, agendas, sign-offs, decisions, actions, approval and the frozen plan."""

from reviews.models.agenda import AgendaItem, FamilyAgreement, Seat
from reviews.models.decisions import ActionItem, Decision, OptionScenario
from reviews.models.feeds import CalendarFeed
from reviews.models.meetings import Answer, Attendance, Meeting, Talk
from reviews.models.reminders import Reminder
from reviews.models.snapshots import Approval, Snapshot
from reviews.models.stages import Stage, Submission

__all__ = [
    "ActionItem",
    "AgendaItem",
    "Answer",
    "Approval",
    "Attendance",
    "CalendarFeed",
    "Decision",
    "FamilyAgreement",
    "Meeting",
    "OptionScenario",
    "Reminder",
    "Seat",
    "Snapshot",
    "Stage",
    "Submission",
    "Talk",
]
