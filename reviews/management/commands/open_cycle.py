"""`manage.py open_cycle 2013-06`: open the round that plans June 2013 and the months after it."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reviews.actions.cycles import open_cycle
from reviews.queries.cycles import opened
from sop import months
from sop.errors import PlanningError
from sop.management.people import acting, add_user_option


class Command(BaseCommand):
    help = "Opens a cycle by its first plan month; the next one follows when the last is published or closed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("month", help="the first plan month, as 2013-06")
        parser.add_argument("--horizon", type=int, default=18, help="plan months (18)")
        add_user_option(parser)
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            by = acting(options["user"])
            cycle = open_cycle(first_month=months.parse(options["month"]), horizon=options["horizon"], by=by)
        except (ValueError, PlanningError) as refusal:
            raise CommandError(str(refusal)) from refusal
        answer = opened(cycle)
        self.stdout.write(json.dumps(answer) if options["json"] else answer["summary"])
