"""Whose rows must not go, whatever their age: everybody of whom a request is under legal hold."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from accounts.models import Tenant
from dsar import queries
from dsar.fulfilment.reach import Identities
from dsar.models import SubjectRequest


def held(tenant: Tenant, *, now: datetime) -> list[Identities]:
    """Return the identities of everybody who is held, also if only claimed: a hold rather keeps too much."""
    requests = SubjectRequest.objects.filter(queries.is_held("pk", now=now), tenant=tenant)
    return [_identities(item) for item in requests.prefetch_related("identities")]


def _identities(subject_request: SubjectRequest) -> Identities:
    values: dict[str, set[str]] = defaultdict(set)
    if subject_request.email:
        values["email"].add(subject_request.email)
    for item in subject_request.identities.all():
        values[item.kind].add(item.value)
    return {kind: frozenset(found) for kind, found in values.items()}
