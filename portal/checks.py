"""System checks: what would fail later, at the worst moment, said by `manage.py check`."""

from __future__ import annotations

import ctypes.util
import os
import secrets
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from dsar import payloads
from dsar.storage import Storage, StorageUrlError

MOST_PAYLOAD_DAYS = 90  # the privacy policy's word
PDF_LIBRARIES = ("gobject-2.0", "pango-1.0", "pangoft2-1.0", "harfbuzz", "harfbuzz-subset", "fontconfig")


@register()
def pdf_libraries(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """W001: WeasyPrint's system libraries are missing, so no report can be made."""
    missing = [name for name in PDF_LIBRARIES if not _loads(name)]
    if not missing:
        return []
    hint = "Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"
    return [Warning(f"report.pdf cannot be made without {', '.join(missing)}.", hint=hint, id="portal.W001")]


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(f"lib{library}.so.0")
    except OSError:  # not Linux, or not there
        return ctypes.util.find_library(library) is not None
    return True


@register()
def storage(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """E002: storage has no address that can be used, or is on this machine's disk and cannot be written.

    Whether S3 answers is asked by /readyz, not here: a check must not need the network.
    """
    try:
        opened = payloads.storage()
        if opened.is_local:
            _write_probe(opened)
    except StorageUrlError as error:
        return [Error(f"STORAGE_URL cannot be used: {error}.", id="portal.E002")]
    except OSError as error:
        return [Error(f"STORAGE_URL cannot be written: {error.strerror}.", id="portal.E002")]
    return []


def _write_probe(opened: Storage) -> None:
    probe = f".probe-{secrets.token_hex(8)}"  # several processes check at once
    with opened.writing(probe):
        pass
    opened.delete(probe)


@register()
def master_key_file(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """E003: the demo's key file can be read by other users of this machine."""
    path = settings.VAR_DIR / "keys" / "master.key"
    if path.exists() and path.stat().st_mode & 0o077:
        return [Error("var/keys/master.key can be read by others.", hint="chmod 600 it", id="portal.E003")]
    return []


@register()
def payload_days(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """E008: texts of closed requests would be kept longer than people are told, or not at all."""
    if 1 <= settings.PAYLOAD_DAYS <= MOST_PAYLOAD_DAYS:
        return []
    return [Error(f"PAYLOAD_DAYS is {settings.PAYLOAD_DAYS}: write 1 to {MOST_PAYLOAD_DAYS}.", id="portal.E008")]


@register(Tags.security, deploy=True)
def production_only(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """E004-E007: what suits the demo and not production."""
    if not settings.PRODUCTION:
        return [Error("PORTAL_ENV is not production.", id="portal.E004")]
    found: list[CheckMessage] = []
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        found.append(Error("SQLite serves one machine; production asks for PostgreSQL.", id="portal.E005"))
    if urlsplit(settings.PUBLIC_BASE_URL).scheme != "https":
        found.append(Error("PUBLIC_BASE_URL is not https: mailed links would be.", id="portal.E006"))
    if _is_demo_key(settings.SECRET_KEY):
        found.append(Error("SECRET_KEY is the demo's, from var/keys.", id="portal.E007"))
    return found


def _is_demo_key(key: str) -> bool:
    path = settings.VAR_DIR / "keys" / "secret.key"
    return os.access(path, os.R_OK) and path.read_text(encoding="ascii").strip() == key
