"""What a cut of a chain says, signed: that is how an auditor tells it from events that somebody took out."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime

from accounts.audit.chain import canonical
from accounts.audit.signing import is_signed
from accounts.models import AuditCut, Tenant

#: How long an event is kept (Retention.TRAIL).
KEPT_MONTHS = 24


class BadCutError(Exception):
    """A cut is not the tenant's, or takes what it may not; the message says which."""


def kept_since(now: datetime) -> datetime:
    """Return the moment KEPT_MONTHS before now: what happened later is kept."""
    year, month = divmod(now.year * 12 + now.month - 1 - KEPT_MONTHS, 12)
    return now.replace(year=year, month=month + 1, day=min(now.day, monthrange(year, month + 1)[1]))


def signed_bytes(cut: AuditCut, tenant: Tenant) -> bytes:
    """Return what the signature is over."""
    return canonical(
        {
            "cut_of": tenant.slug,
            "first_kept": cut.first_kept,
            "previous_hash": cut.previous_hash,
            "events": cut.events,
            "before": _spelt(cut.before),
            "at": _spelt(cut.at),
            "key_id": cut.key_id,
        }
    )


def check_cut(cut: AuditCut, tenant: Tenant, *, begins: int) -> None:
    """Raise BadCutError unless the tenant's key signed it, it follows the cut before (`begins`), and took old events.

    Raises KeyringError if the key cannot be unwrapped.
    """
    if not is_signed(signed_bytes(cut, tenant), cut.signature, by=tenant):
        raise BadCutError("the signature does not fit")
    if cut.events < 1 or cut.first_kept != begins + cut.events:
        raise BadCutError("it does not follow the cut before it")
    if cut.before > kept_since(cut.at.astimezone(UTC)):
        raise BadCutError(f"it took events of the last {KEPT_MONTHS} months")


def _spelt(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
