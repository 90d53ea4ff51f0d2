"""What the commands that do a job have in common: they work it here, worker or no worker, and show how far they are."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sop.actions import runs
from sop.errors import PlanningError
from sop.management.people import acting, add_user_option
from sop.models import Run
from sop.permissions import Verb, require
from sop.queries import cycles


class JobCommand(BaseCommand):
    """Runs the job `kind` for a cycle; the result goes to standard output, progress and errors to standard error.

    A user who is named needs the right `verb`, as on the page.
    """

    kind: str
    verb: Verb
    shown = ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--cycle", metavar="YYYY-MM", help="The cycle's first plan month; the newest cycle if absent."
        )
        add_user_option(parser)
        parser.add_argument("--json", action="store_true", help="Print the result as one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = self._run(options)
        except PlanningError as error:
            raise CommandError(error.detail) from error
        if run.state != Run.State.DONE:
            raise CommandError(run.error or f"The {self.kind} job was {run.get_state_display()}.")
        result = {"cycle": run.scope, "run": run.pk, **run.result}
        self.stdout.write(json.dumps(result) if options["json"] else self.summary(result))

    def parameters(self, options: dict[str, Any]) -> dict[str, Any]:
        """What the job is told besides the cycle."""
        return {}

    def summary(self, result: dict[str, Any]) -> str:
        """The result in words."""
        return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in result.items())

    def _run(self, options: dict[str, Any]) -> Run:
        by = acting(options["user"])
        if by:
            require(by, self.verb)
        cycle = cycles.named_or_newest(options["cycle"])
        run = runs.start(kind=self.kind, cycle=cycle, parameters=self.parameters(options), by=by)
        return runs.run_inline(run, self._show)

    def _show(self, run: Run) -> None:
        line = f"{run.percent:3d} %  {run.message}"
        if line != self.shown:
            self.stderr.write(line)
            self.shown = line
