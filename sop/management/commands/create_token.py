"""`manage.py create_token USER`: a token for a system that posts or reads by REST."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sop.actions import tokens
from sop.errors import PlanningError
from sop.management.people import user_named


class Command(BaseCommand):
    help = "Make a token that acts as a user, for the header “Authorization: Bearer …”. It is printed this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER", help="an existing log-in; its role decides what the token may do")
        parser.add_argument("--name", default="made on the command line", help="what the token is for")
        parser.add_argument("--days", type=int, default=365, help="how long it is valid (default: 365)")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        user = user_named(options["user"])
        try:
            token, secret = tokens.create(user=user, name=options["name"], days=options["days"], by=None)
        except PlanningError as error:
            raise CommandError(error.detail) from error
        if options["json"]:
            expires = token.expires_at.isoformat()
            secret = json.dumps({"token": secret, "user": user.username, "name": token.name, "expires_at": expires})
        self.stdout.write(secret)
