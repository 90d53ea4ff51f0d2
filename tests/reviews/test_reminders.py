"""People are reminded of a review in time, each once, in their inbox and by a mail that really goes out."""

import datetime as dt
import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core import mail as outbox
from django.test import Client
from django.utils import timezone

from reviews import tasks
from reviews.actions import reminders, stages
from reviews.models import Reminder, Stage
from sop.models import Cycle, Notification, User
from tests.factories import make_user
from tests.reviews.company import Company, department, stage, walk

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
DUE = dt.date(2013, 6, 12)  # a Wednesday
T3, T1 = dt.date(2013, 6, 7), dt.date(2013, 6, 11)


@pytest.fixture
def demand(ready: Cycle, company: Company) -> Stage:
    """At the demand review, due on a Wednesday."""
    walk(ready, company, until="demand-review")
    Stage.objects.filter(cycle=ready, key="demand-review").update(due=DUE)
    User.objects.filter(username="sales").update(email="sales@halden.example")
    return stage(ready, "demand-review")


def told(who: User) -> list[str]:
    return list(Notification.objects.filter(user=who, kind="stage.reminder").values_list("text", flat=True))


@pytest.mark.parametrize(
    ("today", "which"),
    [
        (dt.date(2013, 6, 6), None),
        (T3, "T-3"),
        (dt.date(2013, 6, 10), "T-3"),  # the Friday was missed: made up for on Monday
        (T1, "T-1"),
        (DUE, "due"),
        (dt.date(2013, 6, 13), "overdue"),
        (dt.date(2013, 7, 1), "overdue"),
    ],
)
def test_the_moments_count_working_days(today: dt.date, which: str | None) -> None:
    assert reminders.moment(DUE, today) == which


def test_who_has_not_handed_in_and_who_signs_are_told(demand: Stage, company: Company) -> None:
    stages.submit(stage=demand, department=department("finance"), by=company.finance)
    reminders.remind(today=T3)
    assert told(company.sales) == [
        "The demand review of June 2013 is due in three working days, Wed 12 Jun: Sales has not handed in"
    ]
    assert "it is for Demand planning to sign off" in told(company.demand)[0]
    assert told(company.marketing) != []
    for name in ("finance", "operations", "executive", "viewer", "outsider", "coordinator"):
        assert told(company.people[name]) == [], name


def test_nobody_is_reminded_twice_of_the_same_moment(demand: Stage, company: Company) -> None:
    assert len(reminders.remind(today=T3)) == 4
    assert reminders.remind(today=T3) == []
    assert len(reminders.remind(today=T1)) == 4
    # The line that is still unread gives way to the new one.
    assert told(company.sales) == [
        "The demand review of June 2013 is due on the next working day, Wed 12 Jun: Sales has not handed in"
    ]
    Stage.objects.filter(pk=demand.pk).update(due=dt.date(2013, 6, 14))
    assert len(reminders.remind(today=dt.date(2013, 6, 13))) == 4


def test_once_it_is_late_the_office_hears_of_it(demand: Stage, company: Company) -> None:
    reminders.remind(today=dt.date(2013, 6, 13))
    assert told(company.coordinator) == [
        "The demand review of June 2013 was due Wed 12 Jun; Demand planning has not signed it off"
    ]


def test_nobody_is_reminded_on_a_weekend_or_of_what_is_over(demand: Stage, company: Company) -> None:
    assert reminders.remind(today=dt.date(2013, 6, 15)) == []
    Cycle.objects.update(state=Cycle.State.CLOSED)
    assert reminders.remind(today=DUE) == []


def test_who_has_left_or_only_reads_is_not_reminded(demand: Stage, company: Company) -> None:
    reader = make_user("reader", "sales", "viewer")
    User.objects.filter(pk=company.sales.pk).update(is_active=False)
    assert {reminder.user for reminder in reminders.remind(today=T3)}.isdisjoint({company.sales, reader})


def test_a_reminder_leads_to_the_review(demand: Stage, company: Company, client: Client) -> None:
    reminders.remind(today=T3)
    client.force_login(company.sales)
    [url] = Notification.objects.filter(user=company.sales).values_list("url", flat=True)
    assert client.get(url).status_code == 200


# --- Mail -------------------------------------------------------------------------------------------------------------
class Postman:
    """What a mail server received."""

    def __init__(self) -> None:
        self.refuses = False
        self.received: list[tuple[list[str], Message]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuses:
            return "451 Not now"
        self.received.append((envelope.rcpt_tos, message_from_bytes(envelope.content)))
        return "250 OK"


@pytest.fixture
def postman(settings: Any) -> Iterator[Postman]:
    """A real SMTP server on a port of its own."""
    receiver = Postman()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(receiver, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.DEFAULT_FROM_EMAIL = "plan@halden.example"
    settings.SITE_URL = "https://plan.halden.example"
    yield receiver
    controller.stop()


def test_a_reminder_goes_out_by_mail_once(demand: Stage, company: Company, postman: Postman) -> None:
    reminders.remind(today=T3)
    assert (reminders.mail(), reminders.mail()) == (1, 0)
    [(recipients, message)] = postman.received
    assert recipients == ["sales@halden.example"]
    assert message["From"] == "plan@halden.example"
    assert "Sales has not handed in" in str(message["Subject"])
    body = message.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert "https://plan.halden.example/reviews/2013-06/demand-review/" in body.decode()


def test_what_a_mail_server_refuses_is_sent_later(demand: Stage, company: Company, postman: Postman) -> None:
    reminders.remind(today=T3)
    postman.refuses = True
    assert reminders.mail() == 0
    postman.refuses = False
    assert reminders.mail() == 1
    assert len(postman.received) == 1


def test_without_a_mail_server_nothing_is_lost(demand: Stage, postman: Postman, settings: Any) -> None:
    reminders.remind(today=T3)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    assert reminders.mail() == 0
    settings.EMAIL_PORT = port
    assert reminders.mail() == 1


def test_mail_that_waited_for_days_is_not_sent(demand: Stage, postman: Postman) -> None:
    reminders.remind(today=T3)
    assert reminders.mail(now=timezone.now() + dt.timedelta(days=3)) == 0
    assert postman.received == []


def test_where_no_mail_server_is_named_nothing_is_mailed(demand: Stage, settings: Any) -> None:
    settings.EMAIL_HOST = ""
    reminders.remind(today=T3)
    assert reminders.mail() == 0
    assert outbox.outbox == []


def test_the_clock_reminds(demand: Stage, postman: Postman, settings: Any) -> None:
    today = timezone.localdate()
    Stage.objects.filter(pk=demand.pk).update(due=today - dt.timedelta(days=30))
    tasks.remind()
    working = today.weekday() < 5
    assert Reminder.objects.exists() == working
    assert len(postman.received) == int(working)
    assert settings.CELERY_BEAT_SCHEDULE["remind"]["task"] == tasks.remind.name
