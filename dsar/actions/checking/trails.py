"""A tenant's whole audit trail is walked, against its signed checkpoints and cuts."""

from __future__ import annotations

from typing import Any

from accounts.audit.verify import verify_tenant
from accounts.models import Tenant


def check_trail(tenant: Tenant) -> dict[str, Any]:
    """Return the verdict on the whole chain. Raises KeyringError."""
    verdict = verify_tenant(tenant.slug)
    return {
        "problem": verdict.problem,
        "broken_at": verdict.broken_at,
        "events": verdict.events,
        "checkpoints": verdict.checkpoints,
        "cut_events": verdict.cut_events,
        "errors": 0 if verdict.holds else 1,
    }
