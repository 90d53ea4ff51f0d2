"""`manage.py corrections`: the months of the history that do not fit, found, listed, accepted or rejected."""

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from forecasting.actions import cleansing
from forecasting.models import Correction
from forecasting.queries.corrections import Suspect, suspects
from forecasting.queries.lines import TOTAL, row
from sop import months
from sop.errors import PlanningError
from sop.management.job_command import JobCommand
from sop.management.people import acting
from sop.models import User
from sop.permissions import EVERYTHING, Verb, require, scope
from sop.words import counted

FIND, LIST, ACCEPT, REJECT = "find", "list", "accept", "reject"
DECISIONS = {ACCEPT: Correction.State.ACCEPTED, REJECT: Correction.State.REJECTED}
SHOWN = 20


class Command(JobCommand):
    help = "Look for months of the history that do not fit, list them, and accept or reject what is proposed."
    kind = "cleansing"
    verb = Verb.RUN_FORECAST

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "do", nargs="?", default=LIST, choices=(FIND, LIST, *DECISIONS), help=f"What to do; {LIST} if absent."
        )
        parser.add_argument("numbers", nargs="*", type=int, metavar="NUMBER", help="The corrections to decide about.")
        parser.add_argument("--all", action="store_true", help="Decide about all that are proposed.")
        parser.add_argument(
            "--row", default=TOTAL, help="Only of family:CODE, product:CODE or series:NUMBER; everything if absent."
        )
        parser.add_argument(
            "--state",
            default=Correction.State.PROPOSED,
            choices=Correction.State.values,
            help="Which to list; proposed if absent.",
        )
        parser.add_argument("--reason", default="", help="Why it was so decided.")
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["do"] == FIND:
            super().handle(*args, **options)
            return
        by = acting(options["user"])
        try:
            if options["do"] == LIST:
                self._list(by, options)
            else:
                self._decide(by, options)
        except PlanningError as error:
            raise CommandError(error.detail) from error

    def summary(self, result: dict[str, Any]) -> str:
        return f"{counted(result['proposed'], 'month')} to look at"

    def _list(self, by: User | None, options: dict[str, Any]) -> None:
        found = self._found(by, options["row"], options["state"])
        if options["json"]:
            self.stdout.write(json.dumps([_as_json(each) for each in found]))
            return
        lines = [_line(each) for each in found[:SHOWN]]
        if len(found) > SHOWN:
            lines.append(f"… and {len(found) - SHOWN} more; --json lists all of them")
        self.stdout.write("\n".join(lines or [f"No correction is {options['state']}."]))

    def _decide(self, by: User | None, options: dict[str, Any]) -> None:
        chosen = options["numbers"]
        if bool(chosen) == options["all"]:
            raise CommandError("Name corrections by their numbers, or all of them by --all.")
        if options["all"]:
            chosen = [each.correction.pk for each in self._found(by, options["row"], Correction.State.PROPOSED)]
        state = DECISIONS[options["do"]]
        count = cleansing.decide(corrections=chosen, state=state, by=by, reason=options["reason"])
        said = json.dumps({"decided": count, "state": state})
        self.stdout.write(said if options["json"] else f"{counted(count, 'correction')} {state}")

    def _found(self, by: User | None, key: str, state: str) -> list[Suspect]:
        if by:
            require(by, Verb.VIEW)
        return suspects(row(key, scope(by) if by else EVERYTHING), state)


def _as_json(suspect: Suspect) -> dict[str, Any]:
    correction = suspect.correction
    return {
        "id": correction.pk,
        "product": correction.series.product.code,
        "market": correction.series.market.code,
        "month": months.code(correction.month),
        "original": correction.original,
        "replacement": correction.replacement,
        "deviations": correction.deviations,
        "state": correction.state,
        "by": correction.by.username if correction.by else None,
        "reason": correction.reason,
    }


def _line(suspect: Suspect) -> str:
    correction = suspect.correction
    figures = f"{correction.original:,.10g} instead of {correction.replacement:,.10g} units"
    far = f"{abs(correction.deviations):.1f} usual deviations off"
    return f"{correction.pk:6d}  {months.code(correction.month)}  {correction.series}: {figures}, {far}"
