"""The Celery app. The broker only wakes workers; what is to be done stands in the database."""

import os

# delay_on_commit exists only if the settings are known before the app is built.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

from celery import Celery

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
