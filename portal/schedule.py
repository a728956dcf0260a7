"""What beat wakes, and how often. The tasks find their work in the database; the broker carries no list of it."""

from __future__ import annotations

from typing import Any

EVERY_SECONDS = {
    "dsar.sweep": 10,
    "dsar.write_choices": 10,
    "dsar.write_stops": 10,
    "dsar.write_suspensions": 10,
    "accounts.send_outbox": 10,
    "dsar.tell_recipients": 30,
    "dsar.clock_warnings": 60,
    "dsar.run_checks": 300,
    "dsar.expire": 300,
    "dsar.end_stops": 300,
    "dsar.expire_restorations": 300,
    "dsar.watch_erasures": 3600,
    "dsar.keep_figures": 1800,
    "dsar.send_digests": 600,
    "accounts.write_checkpoints": 600,
    "accounts.forget_messages": 3600,
    "accounts.forget_sessions": 3600,
    "accounts.forget_address_changes": 3600,
    "dsar.retention": 3600,
    "dsar.purge": 3600,
}
#: What re-drives work that was lost.
SWEEPS = ("dsar.sweep", "dsar.write_choices", "dsar.write_stops", "dsar.write_suspensions", "accounts.send_outbox")


def beat_schedule(*, sweep_seconds: float) -> dict[str, dict[str, Any]]:
    """Return Celery's beat schedule; a message that waits longer than its period is dropped, since the next is due."""
    every = EVERY_SECONDS | dict.fromkeys(SWEEPS, sweep_seconds)
    return {name: _entry(name, seconds) for name, seconds in every.items()}


def _entry(name: str, seconds: float) -> dict[str, Any]:
    return {"task": name, "schedule": float(seconds), "options": {"expires": seconds}}
