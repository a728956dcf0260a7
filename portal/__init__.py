"""The site: settings, urls, celery. The composition root: nothing imports it but Django and Celery."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
