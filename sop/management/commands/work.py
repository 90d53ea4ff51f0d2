from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "The worker of `serve`: does jobs until its standard input closes."

    def handle(self, *args: Any, **options: Any) -> None:
        from sop.embedded import work_until_input_closes

        work_until_input_closes()
