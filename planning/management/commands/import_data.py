"""`manage.py import_data DIR`: import a folder of tables."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from planning.actions.importing import Imported, import_tables
from sop.actions.reading import folder
from sop.errors import PlanningError
from sop.management.people import acting, add_user_option

ERRORS_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Import a folder of CSV tables (products.csv, actuals.csv.gz and so on; any subset). Running it again changes "
        "nothing. Rows that were not taken are listed; the status is 1 only when no table could be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--dry-run", action="store_true", help="check and compare everything, write nothing")
        parser.add_argument("--source", default="erp", help="whose actuals these are (default: erp)")
        add_user_option(parser)
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            imported = import_tables(
                folder(options["folder"]),
                by=acting(options["user"]),
                source=options["source"],
                preview=options["dry_run"],
                progress=self.show_progress,
            )
        except PlanningError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(json.dumps(imported.as_json()) if options["json"] else as_text(imported))
        if imported.nothing_read:
            raise CommandError("No table could be read.")

    def show_progress(self, table: str, rows: int) -> None:
        self.stderr.write(f"{table}: {rows:,} rows" if rows else f"{table} …")


def as_text(imported: Imported) -> str:
    lines = [f"{'':14}{'rows':>9}{'new':>9}{'changed':>9}{'same':>9}{'refused':>9}{'seconds':>9}"]
    for each in imported.tables:
        counts = (each.rows, each.created, each.updated, each.unchanged, each.rejected)
        lines.append(f"{each.table:14}" + "".join(f"{count:>9,}" for count in counts) + f"{each.seconds:>9.2f}")
    for each in imported.tables:
        lines += [each.failed] if each.failed else []
        lines += [f"{each.file}: {warning}" for warning in each.warnings]
        lines += [f"{each.file}, row {e.row}, {e.field}: {e.message}" for e in each.errors[:ERRORS_SHOWN]]
        if each.rejected > ERRORS_SHOWN:
            lines.append(f"{each.file}: {each.rejected:,} rows were not taken; --json lists more of them")
    lines += imported.unknown
    if imported.preview:
        lines.append("This was a dry run: nothing was written.")
    return "\n".join(lines)
