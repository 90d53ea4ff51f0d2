"""ASGI entry point: pages, REST and the server-sent event stream."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sop.settings")

application = get_asgi_application()
