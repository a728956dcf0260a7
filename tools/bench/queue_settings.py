"""The portal's settings for the bench of the queue, which asks it in its own process and has no static files."""

from portal.settings import *  # noqa: F403
from portal.settings import CACHES

CACHES = {"default": CACHES["default"] | {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
