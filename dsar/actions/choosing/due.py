"""A change makes its writing due, in the transaction of the change."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from accounts.models import Tenant
from dsar import queue
from dsar.models import ChoiceWriting, PreferenceChange


def due(change: PreferenceChange) -> None:
    """Have a change written into the stores, in the caller's transaction.

    A worker that writes an earlier one just now keeps its row until it is done, and finds out that it was overtaken.
    """
    own = {"tenant": change.tenant, "address_hash": change.address_hash, "purpose": change.purpose}
    if not _again(own, change):
        try:
            with transaction.atomic():
                ChoiceWriting.objects.create(**own, change=change, not_before=change.at)
        except IntegrityError:  # somebody has changed the same in this moment
            _again(own, change)
    queue.wake_for_choices()


def _again(own: dict[str, object], change: PreferenceChange) -> int:
    return ChoiceWriting.objects.filter(**own).update(
        change=change, version=F("version") + 1, attempts=0, not_before=change.at, done_at=None, error=""
    )


def again_for(*, tenant: Tenant, address_hash: str) -> None:
    """Have written once more what could not be, since nobody knew the address."""
    unknown = ChoiceWriting.objects.filter(tenant=tenant, address_hash=address_hash, done_at__isnull=False)
    if unknown.exclude(error="").update(done_at=None, attempts=0, version=F("version") + 1, error=""):
        queue.wake_for_choices()


def again_of(*, tenant: Tenant, address_hashes: Collection[str], purpose: str | None) -> None:
    """Have written once more what somebody chose for a purpose, None for each: what may be done with it has changed."""
    own = ChoiceWriting.objects.filter(tenant=tenant, address_hash__in=address_hashes)
    chosen = own if purpose is None else own.filter(purpose=purpose)
    if chosen.update(done_at=None, attempts=0, version=F("version") + 1, error=""):
        queue.wake_for_choices()


def changed_since(tenant: Tenant, moment: datetime) -> QuerySet[ChoiceWriting]:
    """Return what was changed, or written into a store, or waits since then."""
    since = Q(change__at__gt=moment) | Q(done_at__gt=moment) | Q(done_at=None)
    return ChoiceWriting.objects.filter(since, tenant=tenant)


def again_since(tenant: Tenant, *, taken_at: datetime, now: datetime) -> None:
    """Have written again what a backup of a store does not hold."""
    with transaction.atomic():
        those = list(changed_since(tenant, taken_at).values_list("pk", flat=True))
        ChoiceWriting.objects.filter(pk__in=those).update(
            done_at=None, attempts=0, version=F("version") + 1, not_before=now, error=""
        )


def again_for_all(tenant: Tenant, *, now: datetime) -> int:
    """Have everything of a tenant written again, as after a store was restored; return how many that is."""
    with transaction.atomic():
        count = ChoiceWriting.objects.filter(tenant=tenant).update(
            done_at=None, attempts=0, version=F("version") + 1, not_before=now, error=""
        )
        queue.wake_for_choices()
    return count
