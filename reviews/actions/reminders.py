"""Reminding people of a review: three working days before it is due, one before, on the day, and once it is overdue."""

import datetime as dt
import logging
import smtplib
from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from reviews.actions.stages import name
from reviews.models import Reminder, Stage, Submission
from reviews.queries.stages import current, stage_url, stages
from sop.actions.notify import notify
from sop.models import Cycle, Department, Membership, User
from sop.permissions import Verb, can, prepare
from sop.words import day

log = logging.getLogger(__name__)
Moment = Reminder.Moment
# Working days left, at most, and the moment that is.
MOMENTS = ((-1, Moment.OVERDUE), (0, Moment.DUE), (1, Moment.NEXT), (3, Moment.SOON))
# Mail that could not be sent for so long has lost its point.
STALE = dt.timedelta(days=2)


def moment(due: dt.date, today: dt.date) -> Moment | None:
    """Which reminder is due; None when it is too early. A day on which nothing ran is made up for by the next."""
    left = int(np.busday_count(today, due)) if due >= today else -1
    return next((which for most, which in MOMENTS if left <= most), None)


@transaction.atomic
def remind(*, today: dt.date) -> list[Reminder]:
    """Tell whom the review waits for that is on in each open cycle; nobody twice, and nobody on a weekend."""
    if not np.is_busday(today):
        return []
    made = []
    for cycle in Cycle.objects.select_for_update().filter(state=Cycle.State.OPEN):
        stage = current(stages(cycle))
        which = moment(stage.due, today) if stage else None
        if stage and which:
            made += _remind(stage, which)
    return made


def mail(*, now: dt.datetime | None = None) -> int:
    """Send what is not sent yet to those who have an address, each once; how many went out.

    While the mail server cannot be reached nothing is lost: the next round tries again.
    """
    if not settings.EMAIL_HOST:
        return 0
    now, sent = now or timezone.now(), 0
    waiting = Reminder.objects.filter(mailed_at=None, at__gt=now - STALE).exclude(user__email="")
    for reminder in waiting.select_related("user", "stage__cycle"):
        # Claimed before it is sent: two rounds at once send it once.
        if Reminder.objects.filter(pk=reminder.pk, mailed_at=None).update(mailed_at=now):
            sent += _send(reminder)
    return sent


def _remind(stage: Stage, which: Moment) -> list[Reminder]:
    earlier = Reminder.objects.filter(stage=stage, moment=which, due=stage.due)
    known = set(earlier.values_list("user", flat=True))
    made = []
    for text, people in _told(stage, which).items():
        new = [user for user in people if user.pk not in known]
        told = notify(new, kind="stage.reminder", text=text, url=stage_url(stage.cycle, stage.key))
        known |= {user.pk for user in told}
        made += [Reminder(stage=stage, user=user, moment=which, due=stage.due, text=text) for user in told]
    return Reminder.objects.bulk_create(made)


def _told(stage: Stage, which: Moment) -> dict[str, list[User]]:
    """Texts and whom they are for: departments that have not handed in, the owner, and the office once it is late."""
    until = f"was due {day(stage.due)}" if which == Moment.OVERDUE else f"is due {which.label}, {day(stage.due)}"
    review = f"{name(stage)} of {stage.cycle}"
    found: dict[str, list[User]] = defaultdict(list)
    for submission in stage.submissions.exclude(state=Submission.State.SUBMITTED).select_related("department"):
        text = f"The {review} {until}: {submission.department.name} has not handed in"
        found[text] += _speakers(submission.department)
    found[f"The {review} {until}: it is for {stage.owner.name} to sign off"] += _speakers(stage.owner)
    if which == Moment.OVERDUE:
        found[f"The {review} {until}; {stage.owner.name} has not signed it off"] += _coordinators()
    return found


def _speakers(department: Department) -> list[User]:
    people = prepare(User.objects.filter(is_active=True, memberships__department=department))
    return [user for user in people if can(user, Verb.SIGN, department=department)]


def _coordinators() -> Iterable[User]:
    role = Membership.Role.COORDINATOR
    return User.objects.filter(is_active=True, memberships__role=role).distinct()


def _send(reminder: Reminder) -> int:
    stage = reminder.stage
    message = EmailMessage(
        subject=reminder.text,
        body=f"{reminder.text}.\n\n{settings.SITE_URL}{stage_url(stage.cycle, stage.key)}\n",
        to=[reminder.user.email],
    )
    try:
        return message.send()
    except (smtplib.SMTPException, OSError) as problem:
        log.warning("A reminder could not be mailed (%s); trying again.", problem)
        Reminder.objects.filter(pk=reminder.pk).update(mailed_at=None)
        return 0
