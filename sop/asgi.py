"""ASGI entry point: pages, REST and the server-sent event stream."""

import os
import warnings

from django.core.asgi import get_asgi_application

from sop import memory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sop.settings")

# WhiteNoise hands its files over one after the other; they are small, and nobody can do anything about it.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")

memory.give_back()

application = get_asgi_application()
