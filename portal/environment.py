"""What the environment says, read once. Production must be told everything; the demo makes what it lacks."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ImproperlyConfigured

REQUIRED_IN_PRODUCTION = (
    "SECRET_KEY",
    "PORTAL_MASTER_KEY",
    "DATABASE_URL",
    "REDIS_URL",
    "STORAGE_URL",
    "ALLOWED_HOSTS",
    "EMAIL_URL",
    "PUBLIC_BASE_URL",
)
MASTER_KEY_BYTES = 32


def is_production(environ: Mapping[str, str]) -> bool:
    """Return whether PORTAL_ENV says production.

    Raises ImproperlyConfigured for a mode that is neither demo nor production, and for production with
    a variable missing: a portal that quietly fell back to demo keys would look the same from outside.
    """
    mode = environ.get("PORTAL_ENV", "demo")
    if mode not in ("demo", "production"):
        raise ImproperlyConfigured(f"PORTAL_ENV is {mode!r}: write demo or production")
    missing = [name for name in REQUIRED_IN_PRODUCTION if not environ.get(name)]
    if mode == "production" and missing:
        raise ImproperlyConfigured(f"PORTAL_ENV=production needs these variables: {', '.join(missing)}")
    return mode == "production"


def made_once(path: Path, *, random_bytes: int) -> str:
    """Return the base64 text kept at `path`, made from `random_bytes` random bytes the first time (mode 0600).

    Several processes start at once: the file appears whole by a link that only the first can make.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _link_new(path, base64.b64encode(secrets.token_bytes(random_bytes)))
    return path.read_text(encoding="ascii").strip()


def _link_new(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent)  # mode 0600 by contract
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content + b"\n")
        os.link(temporary, path)
    except FileExistsError:
        return  # another process was first; its key is the key
    finally:
        Path(temporary).unlink()


def master_keys(text: str) -> list[bytes]:
    """Return the master keys in `text`, base64 separated by commas, the current one first.

    Raises ImproperlyConfigured if there is none or one is not 32 bytes.
    """
    keys = [_master_key(part.strip()) for part in text.split(",") if part.strip()]
    if not keys:
        raise ImproperlyConfigured("PORTAL_MASTER_KEY is empty: write base64 of 32 random bytes")
    return keys


def _master_key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ImproperlyConfigured("PORTAL_MASTER_KEY is not base64") from error
    if len(key) != MASTER_KEY_BYTES:
        raise ImproperlyConfigured(f"PORTAL_MASTER_KEY holds {len(key)} bytes: {MASTER_KEY_BYTES} are needed")
    return key


def broker_url(redis_url: str) -> str:
    """Return the address for Celery, which believes any certificate behind rediss:// unless it is told not to."""
    parts = urlsplit(redis_url)
    if parts.scheme != "rediss" or "ssl_cert_reqs" in parse_qs(parts.query):
        return redis_url
    return parts._replace(query="&".join(filter(None, [parts.query, "ssl_cert_reqs=required"]))).geturl()
