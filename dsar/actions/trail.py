"""How actions write the audit trail: always in the transaction of what they tell of."""

from __future__ import annotations

from datetime import datetime

from accounts.audit import Actor, record
from accounts.models import User
from dsar.models import SubjectRequest


def note(
    subject_request: SubjectRequest, verb: str, *, by: Actor | User | None, at: datetime, **facts: str | int | bool
) -> None:
    """Record what happened to a request. Raises what accounts.audit.record raises."""
    record(tenant=subject_request.tenant, verb=verb, by=by, at=at, target=subject_request, facts=facts)
