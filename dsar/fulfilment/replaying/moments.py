"""When a row came, as far as its collection tells."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from dsar.bundle.moments import moment_of
from dsar.datamap.model import Collection
from dsar.values import Row, at_path


def time_field(collection: Collection) -> str:
    """Return the field that tells it: the erasure's `since`, else retention's; "" if the map names none."""
    since = collection.erasure.since if collection.erasure else ""
    return since or (collection.retention.time_field if collection.retention else None) or ""


def came_at(row: Row, path: str) -> datetime | None:
    """Return when a row came; None where that is not told. A day is its beginning."""
    if not path:
        return None
    found: Any = next(iter(at_path(row, path)), None)
    if isinstance(found, datetime):
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found
    if isinstance(found, date):
        return datetime(found.year, found.month, found.day, tzinfo=UTC)
    return moment_of(row, path)
