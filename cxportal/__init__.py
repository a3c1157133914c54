"""The house: settings, addresses, and the rooms that all others share."""

from cxportal.celery import app as celery_app

__all__ = ["celery_app"]
