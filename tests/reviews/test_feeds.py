"""The reviews in one's own calendar: by a secret address that can be taken back."""

import datetime as dt
import re
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from reviews.actions import feeds
from reviews.models import ActionItem, CalendarFeed, Stage
from reviews.queries.feeds import calendar
from sop.errors import Conflict, NotAllowed
from sop.models import Cycle, Membership
from tests.reviews.company import Company

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def due(cycle: Cycle, company: Company) -> dt.date:
    """The executive review is due tomorrow, the others long ago."""
    day = timezone.localdate() + dt.timedelta(days=1)
    Stage.objects.filter(cycle=cycle, key="executive").update(due=day)
    return day


def events(text: str) -> list[dict[str, str]]:
    """The events of a calendar, unfolded."""
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert text.endswith("END:VCALENDAR\r\n")
    bodies = re.findall(r"BEGIN:VEVENT\r\n(.*?)END:VEVENT", text.replace("\r\n ", ""), re.DOTALL)
    return [dict(line.split(":", 1) for line in body.strip().split("\r\n")) for body in bodies]


def test_reviews_and_own_actions_stand_on_their_due_days(
    cycle: Cycle, company: Company, due: dt.date, client: Client, settings: Any
) -> None:
    settings.SITE_URL = "https://plan.halden.example"
    ActionItem.objects.create(cycle=cycle, text="Call Nord; ask, then tell", owner=company.sales, due=due)
    ActionItem.objects.create(cycle=cycle, text="Not mine", owner=company.finance, due=due)
    answer = client.get(f"/calendar/{feeds.make(by=company.sales)}.ics")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    review, action = events(answer.content.decode())
    assert review["SUMMARY"] == "Executive\\, June 2013"
    assert review["DTSTART;VALUE=DATE"] == f"{due:%Y%m%d}"
    assert review["URL"] == "https://plan.halden.example/reviews/2013-06/executive/"
    assert action["SUMMARY"] == "Call Nord\\; ask\\, then tell"


def test_no_line_is_longer_than_75_octets(cycle: Cycle, company: Company, due: dt.date) -> None:
    text = "Überprüfen, ob die Lackiererei im Frühjahr genügend Kapazität hat – und zwar für alle Räder"
    ActionItem.objects.create(cycle=cycle, text=text, owner=company.sales, due=due)
    made = calendar(company.sales)
    assert max(len(line.encode()) for line in made.split("\r\n")) <= 75
    assert events(made)[1]["SUMMARY"] == text.replace(",", "\\,")


def test_an_address_taken_back_leads_nowhere(cycle: Cycle, company: Company, client: Client) -> None:
    first = feeds.make(by=company.sales)
    second = feeds.make(by=company.sales)
    assert client.get(f"/calendar/{first}.ics").status_code == 404
    assert client.get(f"/calendar/{second}.ics").status_code == 200
    feeds.revoke(by=company.sales)
    assert client.get(f"/calendar/{second}.ics").status_code == 404
    with pytest.raises(Conflict, match="no calendar address"):
        feeds.revoke(by=company.sales)


def test_who_has_left_or_has_no_role_reads_nothing(cycle: Cycle, company: Company, client: Client) -> None:
    secret = feeds.make(by=company.sales)
    company.sales.is_active = False
    company.sales.save()
    assert client.get(f"/calendar/{secret}.ics").status_code == 404
    secret = feeds.make(by=company.finance)
    Membership.objects.filter(user=company.finance).delete()
    assert client.get(f"/calendar/{secret}.ics").status_code == 404
    with pytest.raises(NotAllowed):
        feeds.make(by=company.outsider)


def test_the_address_is_shown_once_and_kept_as_a_digest(cycle: Cycle, company: Company, client: Client) -> None:
    client.force_login(company.viewer)
    answer = client.post("/reviews/calendar/make/")
    [told] = [str(message) for message in get_messages(answer.wsgi_request)]
    found = re.search(r"http://testserver(/calendar/(\S+)\.ics)", told)
    assert found
    assert CalendarFeed.objects.get().digest != found[2]
    client.logout()
    assert client.get(found[1]).status_code == 200
    assert client.get(found[1].replace(found[2], "x" * 43)).status_code == 404
    client.force_login(company.viewer)
    assert "Take back" in client.get("/reviews/").content.decode()
    client.post("/reviews/calendar/revoke/")
    assert not CalendarFeed.objects.exists()
