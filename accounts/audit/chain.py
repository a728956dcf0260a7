"""How one event is bound to the one before it: SHA-256 over canonical JSON."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC
from typing import Any

from accounts.models import AuditEvent


def canonical(value: dict[str, Any]) -> bytes:
    """Return the one spelling of a JSON object: keys sorted, no spaces, ASCII only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def event_hash(event: AuditEvent) -> str:
    """Return the hash that the event's columns give, in hex. It covers the previous event's hash."""
    return hashlib.sha256(canonical(_columns(event))).hexdigest()


def _columns(event: AuditEvent) -> dict[str, Any]:
    return {
        "tenant": event.tenant_id,
        "sequence": event.sequence,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "verb": event.verb,
        "actor_kind": event.actor_kind,
        "actor_id": event.actor_id,
        "target_type": event.target_type,
        "target_id": event.target_id,
        "facts": event.facts,
        "previous_hash": event.previous_hash,
    }
