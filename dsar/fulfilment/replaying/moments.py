"""Whether a row came after a moment, as far as its collection tells."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from dsar.bundle.moments import moment_of
from dsar.datamap.model import Collection
from dsar.values import Row, at_path

_DAY_DIGITS = len("2026-03-02")
#: A day tells a moment this well: it is of some time zone.
_ROUGHLY = timedelta(days=1)


def time_field(collection: Collection) -> str:
    """Return the field that tells it: the erasure's `since`, else retention's; "" if the map names none."""
    since = collection.erasure.since if collection.erasure else ""
    return since or (collection.retention.time_field if collection.retention else None) or ""


def is_later(row: Row, path: str, moment: datetime) -> bool | None:
    """Return whether a row came after the moment; None where its field at the path does not tell."""
    found: Any = next(iter(at_path(row, path)), None) if path else None
    if isinstance(found, datetime):
        return (found.replace(tzinfo=UTC) if found.tzinfo is None else found) > moment
    is_day = isinstance(found, date) or (isinstance(found, str) and len(found) == _DAY_DIGITS)
    came = moment_of({"at": found.isoformat() if isinstance(found, date) else found}, "at")
    if came is None:
        return None
    if is_day and abs(came.date() - moment.astimezone(UTC).date()) <= _ROUGHLY:
        return None
    return came > moment
