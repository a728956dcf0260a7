"""Settings of a test run: the portal's own, in a folder that lives as long as the run."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# Whatever the developer's shell points at must not be touched by a test.
for name in (
    "DATABASE_URL",
    "REDIS_URL",
    "STORAGE_URL",
    "EMAIL_URL",
    "TENANTS_DIR",
    "CHECKPOINT_DIR",
    "PORTAL_ENV",
    "DSAR_ERASURE_LEDGER",
    "DSAR_RESTORATION_KEYS",
    "DSAR_RESTORATION_HOURS",
):
    os.environ.pop(name, None)
# A process that a test starts finds the folder in its environment and leaves the cleaning to the run.
if "PORTAL_TEST_VAR" not in os.environ:
    os.environ["PORTAL_TEST_VAR"] = tempfile.mkdtemp(prefix="portal-tests-")
    atexit.register(shutil.rmtree, os.environ["PORTAL_TEST_VAR"], ignore_errors=True)
# Each of the processes that share a run has a part of it to itself.
os.environ["PORTAL_VAR"] = str(Path(os.environ["PORTAL_TEST_VAR"], os.environ.get("PYTEST_XDIST_WORKER", "")))

# Named by their content, so a later run finds them compiled and no run finds old ones.
os.environ.setdefault("CATALOGUE_DIR", str(Path(__file__).resolve().parent.parent / "var" / "locale"))

from portal.settings import *  # noqa: E402, F403  # the folder must be known before the settings are read
from portal.settings import CACHES, DATABASES, VAR_DIR, env  # noqa: E402

for folder in ("static", "storage", "tenants"):
    Path(VAR_DIR / folder).mkdir(parents=True, exist_ok=True)

ALLOWED_HOSTS = ["*"]  # tests make tenants at hosts of their own
if "TEST_DATABASE_URL" in os.environ:  # a server to make test databases on: see tests/on_postgres.py
    DATABASES = {"default": env.db_url_config(os.environ["TEST_DATABASE_URL"])}
else:
    # A file, not memory: tests of races need several connections.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
REPORT_PDF = False  # it costs most of a bundle: the tests marked `pdf` have it
CACHES = {"default": CACHES["default"] | {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# Messages of tests go nowhere: the usual address may be the broker of a portal that runs beside them.
REDIS_URL = "redis://127.0.0.1:1/0"
CELERY_BROKER_URL = "memory://"
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
