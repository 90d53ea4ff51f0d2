import signal
import sys
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from sop.embedded import Child


class Command(BaseCommand):
    help = "Migrate, then run the web server and, without Redis, the worker beside it. Ctrl-C stops both."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        server = uvicorn.Server(
            uvicorn.Config(
                "sop.asgi:application",
                host=options["host"],
                port=options["port"],
                log_level="warning",
                lifespan="off",
                timeout_graceful_shutdown=2,
            )
        )
        # uvicorn raises the signal again once it has shut down; as SystemExit it lets `finally` run.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        child = None if settings.REDIS_URL else Child()
        self.stdout.write(f"Evenkeel is at http://{options['host']}:{options['port']}/ (Ctrl-C stops it)")
        self.stdout.flush()
        try:
            server.run()
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
        finally:
            if child:
                child.leave()
