"""Reads `meta.retention`: how long a collection's rows live."""

from __future__ import annotations

from zoneinfo import available_timezones

from dsar.datamap import vocabulary
from dsar.datamap.items import Item, Keys, read_keys
from dsar.datamap.model import Retention, RetentionKind
from dsar.datamap.problems import did_you_mean

# The promise of the privacy policy: what is processed is kept for 90 days at most.
MAX_DAYS = 90

_KEYS_OF = {
    RetentionKind.PROCESSED: frozenset({"kind", "time_field", "zone", "days"}),
    RetentionKind.ACCOUNT: frozenset({"kind"}),
    RetentionKind.DUTY: frozenset({"kind", "duty", "until"}),
}


def read_retention(meta: Keys, *, paths: frozenset[str]) -> Retention | None:
    """Read a retention; `paths` are the fields that its time field must be one of."""
    item = meta.take("retention")
    if item is None:
        return None
    item = item.harmless()
    keys = read_keys(item, "'retention'", vocabulary.RETENTION)
    keys.demand("kind")
    kind = keys.choice("kind", RetentionKind)
    if kind is None:
        return None
    _check_keys(keys, kind)
    retention = Retention(
        kind,
        time_field=keys.text("time_field"),
        zone=keys.text("zone"),
        days=keys.integer("days"),
        duty=keys.text("duty"),
        until=keys.text("until"),
    )
    _check(item, retention, paths)
    return retention


def _check_keys(keys: Keys, kind: RetentionKind) -> None:
    for name in sorted(vocabulary.RETENTION - _KEYS_OF[kind]):
        item = keys.peek(name)
        if item is not None:
            item.problem(f"a retention of kind '{kind}' takes no '{name}'")


def _check(item: Item, retention: Retention, paths: frozenset[str]) -> None:
    if retention.kind is RetentionKind.PROCESSED:
        _check_processed(item, retention, paths)
    if retention.kind is RetentionKind.DUTY and retention.duty is None:
        item.problem("a retention of kind 'duty' needs 'duty': the legal duty, in words")


def _check_processed(item: Item, retention: Retention, paths: frozenset[str]) -> None:
    if retention.days is None or not 1 <= retention.days <= MAX_DAYS:
        said = "none" if retention.days is None else retention.days
        item.problem(f"a retention of kind 'processed' needs 'days' from 1 to {MAX_DAYS}, not {said}")
    if retention.time_field is None:
        item.problem("a retention of kind 'processed' needs 'time_field'")
    elif retention.time_field not in paths:
        hint = did_you_mean(retention.time_field, paths)
        item.problem(f"'time_field' names the undeclared field '{retention.time_field}'{hint}")
    if retention.zone is not None and retention.zone not in available_timezones():
        hint = did_you_mean(retention.zone, available_timezones())
        item.problem(f"'zone' must be a time zone such as 'UTC' or 'Europe/Berlin', not '{retention.zone}'{hint}")
