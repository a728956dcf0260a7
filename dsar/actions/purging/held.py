"""Whose rows must not go, whatever their age: everybody of whom a request is under legal hold, or who is restricted."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db.models import Exists, OuterRef, Q

from accounts.emails import normal_email
from accounts.models import Tenant
from dsar import queries, restrictions
from dsar.fulfilment.reach import Identities
from dsar.models import SubjectRequest


def held(tenant: Tenant, *, now: datetime) -> list[Identities]:
    """Return the identities of everybody who is held, also if only claimed: a hold rather keeps too much."""
    restricted = Exists(restrictions.preserving().filter(subject_request=OuterRef("pk")))
    requests = SubjectRequest.objects.filter(Q(queries.is_held("pk", now=now)) | Q(restricted), tenant=tenant)
    return [_identities(item) for item in requests.prefetch_related("identities")]


def reasons(tenant: Tenant, *, now: datetime) -> frozenset[tuple[str, int]]:
    """Return the keys of the holds and restrictions by which rows stay: one that is new was not known before.

    Told by keys and not by their moments: one whose transaction was still open may be older than what was seen.
    """
    holds = queries.holds(now=now).filter(subject_request__tenant=tenant).values_list("pk", flat=True)
    stops = restrictions.preserving().filter(tenant=tenant).values_list("pk", flat=True)
    return frozenset({*(("hold", key) for key in holds), *(("restriction", key) for key in stops)})


def _identities(subject_request: SubjectRequest) -> Identities:
    values: dict[str, set[str]] = defaultdict(set)
    if subject_request.email:
        values["email"].add(subject_request.email)
    if subject_request.account_id is not None:
        verified = EmailAddress.objects.filter(user=subject_request.account_id, verified=True)
        values["email"] |= {normal_email(address) for address in verified.values_list("email", flat=True)}
    for item in subject_request.identities.all():
        values[item.kind].add(item.value)
    return {kind: frozenset(found) for kind, found in values.items()}
