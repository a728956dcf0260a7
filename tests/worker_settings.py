"""Settings of real worker processes in a test: the run's own folder and database, a real broker, a real mail server."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

DATABASES["default"]["NAME"] = os.environ["WORKER_DATABASE"]
REDIS_URL = CELERY_BROKER_URL = os.environ["WORKER_BROKER"]
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", int(os.environ["WORKER_SMTP_PORT"])
