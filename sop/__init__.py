"""The project (settings, urls, jobs, change log) and the vocabulary that every other app shares."""

from sop.celery import app as celery_app

__all__ = ["celery_app"]
__version__ = "0.1.0"
