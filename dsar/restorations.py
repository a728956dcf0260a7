"""What erasures took, for as long as it may be put back: sealed in storage, each with a key of its own on this disk.

A key is a file of settings.DSAR_RESTORATION_KEYS, wrapped by the keyring, with the moment at which it ends. Once it is
destroyed no copy of what it sealed opens, in no backup either: the folder belongs in none.
"""

from __future__ import annotations

import base64
import json
import os
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from django.conf import settings

from accounts import keyring
from accounts.models import Tenant
from dsar.bundle.sealing import SealKey, new_key
from dsar.fulfilment.restoring.log import RestorationLog
from dsar.storage import open_storage

FOLDER = "restoration"
_PURPOSE = "restoration"


class RestorationGoneError(Exception):
    """Nothing was kept of this erasure, or its time is over and the key is destroyed."""


@dataclass(frozen=True, slots=True)
class _KeyFile:
    path: Path
    expires_at: datetime
    wrapped: bytes


def new_restoration_log(tenant: Tenant, reference: str, *, now: datetime) -> tuple[RestorationLog, datetime]:
    """Return the log of an erasure that begins, and when its key is destroyed. Raises KeyringError, OSError.

    An erasure that is taken up again goes on with the log and the end that it had.
    """
    path = _key_path(tenant, reference)
    if not path.exists():
        _write_key(path, expires_at=now + timedelta(hours=settings.DSAR_RESTORATION_HOURS))
    key = _read_key(path)
    return _log(tenant, reference, key), key.expires_at


def kept_restoration_log(tenant: Tenant, reference: str, *, now: datetime) -> RestorationLog:
    """Return the log of an erasure that was done. Raises RestorationGoneError, KeyringError, OSError."""
    try:
        key = _read_key(_key_path(tenant, reference))
    except FileNotFoundError:
        raise RestorationGoneError(f"{reference}: nothing is kept of it, or not any more") from None
    if key.expires_at <= now:
        raise RestorationGoneError(f"{reference}: what was kept could be put back until {key.expires_at.isoformat()}")
    return _log(tenant, reference, key)


def expire_restorations(*, now: datetime) -> int:
    """Destroy every key whose time is over, then delete what they sealed; return how many keys. Raises OSError."""
    storage = open_storage(settings.STORAGE_URL)
    # Listed before the keys: what an erasure that begins meanwhile keeps has its key already.
    kept = [(tenant, name) for tenant in storage.names(FOLDER) for name in storage.names(f"{FOLDER}/{tenant}")]
    files = sorted(Path(settings.DSAR_RESTORATION_KEYS).glob("*/*.json"))
    over = [path for path in files if _is_over(path, now)]
    for path in over:
        _destroy(path)
    held = {(path.parent.name, path.stem) for path in files if path not in over}
    # Also what could not be deleted when its key went.
    for tenant, name in kept:
        if (tenant, name) not in held:
            storage.delete(f"{FOLDER}/{tenant}/{name}")
    return len(over)


def _is_over(path: Path, now: datetime) -> bool:
    """Return whether a key is to be destroyed, or was already but for its name, by a process that was killed."""
    return not path.read_bytes().strip(b"\0") or _read_key(path).expires_at <= now


def _log(tenant: Tenant, reference: str, key: _KeyFile) -> RestorationLog:
    recipient, identity = keyring.unwrap(key.wrapped, purpose=_PURPOSE).decode().split("\n")
    folder = f"{FOLDER}/{tenant.slug}/{_name(reference)}"
    return RestorationLog(open_storage(settings.STORAGE_URL), folder, key=SealKey(recipient, identity))


def _key_path(tenant: Tenant, reference: str) -> Path:
    return Path(settings.DSAR_RESTORATION_KEYS) / tenant.slug / f"{_name(reference)}.json"


def _name(reference: str) -> str:
    """Return the reference as the name of a file, of this folder and no other."""
    return quote(reference, safe="").replace(".", "%2E")


def _write_key(path: Path, *, expires_at: datetime) -> None:
    """Write a new key; where another process was first, its key is the key."""
    key = new_key()
    wrapped = keyring.wrap(f"{key.recipient}\n{key.identity_string}".encode(), purpose=_PURPOSE)
    content = {"expires_at": expires_at.isoformat(), "key": base64.b64encode(wrapped).decode("ascii")}
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=path.parent)  # mode 0600 by contract
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(json.dumps(content).encode())
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    except FileExistsError:
        return
    finally:
        Path(temporary).unlink()


def _read_key(path: Path) -> _KeyFile:
    content = json.loads(path.read_bytes())
    return _KeyFile(path, datetime.fromisoformat(content["expires_at"]), base64.b64decode(content["key"]))


def _destroy(path: Path) -> None:
    """Write over the key before its name goes: the blocks of a deleted file may stay on a disk for long."""
    with path.open("r+b", buffering=0) as file:
        file.write(b"\0" * path.stat().st_size)
        os.fsync(file.fileno())
    path.unlink()
