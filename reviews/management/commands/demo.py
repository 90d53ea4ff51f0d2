"""Make the demo company when the database is empty, then serve it."""

import json
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser, call_command

from reviews.demo import people, seed
from sop.errors import PlanningError


class Command(BaseCommand):
    help = "Make the demo company if the database is empty, print one log-in per role, and serve."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--no-serve", action="store_true", help="Only make it, and print the log-ins.")
        parser.add_argument("--reset", action="store_true", help="Empty the database of the demo company first.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object on standard output.")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        try:
            made = seed.make(reset=options["reset"], say=self._say)
        except PlanningError as error:
            raise CommandError(error.detail) from error
        url = f"http://127.0.0.1:{options['port']}/"
        logins = people.new_passwords()
        if options["json"]:
            known = [vars(login) for login in logins]
            self.stdout.write(json.dumps({"url": url, "logins": known, "seeded": vars(made) if made else None}))
        else:
            self.stdout.write(people.table(url, logins))
        self.stdout.flush()
        if not options["no_serve"]:
            call_command("serve", port=options["port"])

    def _say(self, line: str) -> None:
        self.stderr.write(line)
        self.stderr.flush()
