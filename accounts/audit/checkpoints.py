"""Signed checkpoints of the audit chains, in files outside the database.

Who can rewrite the database cannot make its chain agree with what was signed here before. One file a
tenant, `<slug>.jsonl` in settings.CHECKPOINT_DIR, one JSON object a line; copy it off the machine.
"""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings

from accounts.audit.chain import canonical
from accounts.audit.signing import is_signed, key_id, signing_key
from accounts.models import AuditChain, Tenant


class BadCheckpointError(Exception):
    """A line of a checkpoint file is unreadable, or its signature is not the tenant's."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """That the tenant's chain had `count` events, the last of them with the hash `head`."""

    tenant: str
    count: int
    head: str
    at: str
    key_id: str
    signature: str

    def signed_bytes(self) -> bytes:
        return canonical(
            {"tenant": self.tenant, "count": self.count, "head": self.head, "at": self.at, "key_id": self.key_id}
        )


def write_checkpoints(*, now: datetime) -> int:
    """Append a checkpoint for every chain that moved since its last one; return how many. `now` is aware.

    Raises KeyringError if a tenant's key cannot be unwrapped, OSError if the file cannot be written.
    """
    Path(settings.CHECKPOINT_DIR).mkdir(parents=True, exist_ok=True)
    chains = AuditChain.objects.filter(count__gt=0).select_related("tenant").order_by("tenant__slug")
    return sum(_append_if_moved(chain, now) for chain in chains)


def checkpoint_file(slug: str) -> Path:
    """Return where the tenant's checkpoints are kept."""
    return Path(settings.CHECKPOINT_DIR) / f"{slug}.jsonl"


def read_checkpoint(line: bytes) -> Checkpoint:
    """Return the checkpoint on one line. Raises BadCheckpointError if it is not one."""
    try:
        return Checkpoint(**_fields(json.loads(line)))
    except (ValueError, TypeError) as error:
        raise BadCheckpointError("the line is not a checkpoint") from error


def check_signature(checkpoint: Checkpoint, tenant: Tenant) -> None:
    """Raise BadCheckpointError unless the tenant's key signed it; KeyringError if that key cannot be unwrapped."""
    if not is_signed(checkpoint.signed_bytes(), checkpoint.signature, by=tenant):
        raise BadCheckpointError("the signature does not fit")


def _fields(value: Any) -> dict[str, Any]:
    kinds = {"tenant": str, "count": int, "head": str, "at": str, "key_id": str, "signature": str}
    if not isinstance(value, dict) or {key: type(item) for key, item in value.items()} != kinds:
        raise ValueError("wrong fields")
    return value


def _append_if_moved(chain: AuditChain, now: datetime) -> bool:
    path = checkpoint_file(chain.tenant.slug)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # two beats must not both append
        last = _last_line(file)
        if last and read_checkpoint(last).count >= chain.count:
            return False
        file.write(_line(_sign(chain, now)))
        file.flush()
        os.fsync(file.fileno())
    return True


def _last_line(file: BinaryIO) -> bytes:
    """Return the last whole line; cut off what a crash left half written."""
    file.seek(0)
    data = file.read()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) != len(data):
        file.truncate(len(whole))
    return whole.rstrip(b"\n").rpartition(b"\n")[2]


def _sign(chain: AuditChain, now: datetime) -> Checkpoint:
    key = signing_key(chain.tenant)
    unsigned = Checkpoint(
        tenant=chain.tenant.slug,
        count=chain.count,
        head=chain.head,
        at=now.astimezone(UTC).isoformat(timespec="seconds"),
        key_id=key_id(key),
        signature="",
    )
    signature = key.sign(unsigned.signed_bytes()).hex()
    return Checkpoint(**{**_as_dict(unsigned), "signature": signature})


def _line(checkpoint: Checkpoint) -> bytes:
    return canonical(_as_dict(checkpoint)) + b"\n"


def _as_dict(checkpoint: Checkpoint) -> dict[str, Any]:
    return {name: getattr(checkpoint, name) for name in Checkpoint.__slots__}
