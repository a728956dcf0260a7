"""A stop that begins or ends takes effect in the tenant's stores."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import F, QuerySet

from accounts.addresses import address_hash
from accounts.models import Tenant
from dsar import queries, queue
from dsar.actions.choosing.due import again_of
from dsar.models import Restriction, StopWriting
from dsar.restrictions import EVERYTHING


def take_effect(rows: Iterable[Restriction], *, now: datetime) -> None:
    """Have written what holds now, in the caller's transaction: marks, and no choice as given that is stopped.

    Raises KeyringError.
    """
    for row in rows:
        again_of(
            tenant=row.tenant,
            address_hashes=_addresses(row),
            purpose=None if row.purpose == EVERYTHING else row.purpose,
        )
        _mark(row, now=now)


def again_for_all(tenant: Tenant, *, now: datetime) -> int:
    """Have everything of a tenant marked again, as after a store was restored; return how many that is."""
    with transaction.atomic():
        count = _due_again(StopWriting.objects.filter(subject_request__tenant=tenant), now=now)
        queue.wake_for_stops()
    return count


def _due_again(rows: QuerySet[StopWriting], *, now: datetime) -> int:
    return rows.update(version=F("version") + 1, attempts=0, not_before=now, done_at=None)


def _mark(row: Restriction, *, now: datetime) -> None:
    """Have the stores marked anew for whatever holds of the person.

    A worker that writes just now keeps its row until it is done, and finds out that it was overtaken. What one request
    has marked may be put back or stay because of another: all of the person's are due.
    """
    StopWriting.objects.get_or_create(subject_request=row.subject_request, defaults={"not_before": now})
    same = queries.of_same_person(row.subject_request).values("pk")
    _due_again(StopWriting.objects.filter(subject_request__in=same), now=now)
    queue.wake_for_stops()


def _addresses(row: Restriction) -> set[str]:
    """Return the hashes of every address that the rule finds this restriction by (dsar.restrictions.of_address)."""
    own = EmailAddress.objects.filter(user=row.subject_request.account_id, verified=True)
    return {row.address_hash, *(address_hash(row.tenant, email) for email in own.values_list("email", flat=True))}
