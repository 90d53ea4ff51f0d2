"""What the reviews do by the clock."""

from celery import shared_task
from django.utils import timezone

from reviews.actions import reminders


@shared_task(name="reviews.tasks.remind")
def remind() -> None:
    """Remind people of the review that is on."""
    reminders.remind(today=timezone.localdate())
    reminders.mail()
