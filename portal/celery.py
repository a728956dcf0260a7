"""The Celery app. The broker only wakes workers; what is to be done stands in the database."""

import logging.config
import os
from typing import Any

# delay_on_commit exists only if the settings are known before the app is built.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

from celery import Celery
from celery.signals import setup_logging, task_prerun, worker_init
from django.conf import settings
from django.db import close_old_connections

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def _bring_the_libraries_of_stores(**kwargs: Any) -> None:
    """Import them once, before the worker's processes are forked: the first request would wait for it in each."""
    from dsar.actions.fulfilment import running  # noqa: F401 - with all that a turn needs
    from dsar.bundle.templating import compile_all
    from dsar.stores.registry import import_kinds

    import_kinds()
    compile_all()
    if settings.REPORT_PDF:
        from dsar.bundle.pdf import load_pdf

        load_pdf()


@task_prerun.connect
def _drop_old_connections(**kwargs: Any) -> None:
    """Do before each task what Django does before each page: leave connections that are broken or too old."""
    close_old_connections()


@setup_logging.connect
def _keep_our_logging(**kwargs: Any) -> None:
    """Log as the site does: Celery's own set-up would open every library's loggers to INFO."""
    logging.config.dictConfig(settings.LOGGING)
