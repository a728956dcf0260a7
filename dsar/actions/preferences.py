"""A person switches a purpose on or off; a link or a browser's signal can switch off alone."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.addresses import address_hash
from accounts.audit import Actor, Target, record
from accounts.models import Tenant, User
from dsar import queries
from dsar.actions.choosing import due as choosing
from dsar.actions.unsubscribing import Unsubscription
from dsar.ledgers import erasure_ledger
from dsar.models import ChangedBy, PreferenceChange, Purpose, Suppression


def change(*, tenant: Tenant, account: User, purpose: Purpose, given: bool, now: datetime) -> bool:
    """Switch a purpose on or off for the account's address, as it says on the page. Raises KeyringError.

    Returns whether anything changed: pressed twice, it is one change.
    """
    so_already = queries.switched_on if given else queries.refused
    if purpose in so_already(tenant=tenant, email=account.email):
        return False
    hashed = address_hash(tenant, account.email)
    with transaction.atomic():
        row = PreferenceChange.objects.create(
            tenant=tenant,
            account=account,
            address_hash=hashed,
            purpose=purpose,
            given=given,
            how=ChangedBy.PAGE,
            at=now,
        )
        _carry_out(row, by=Actor.subject(account))
    return True


def unsubscribe(unsubscription: Unsubscription, *, now: datetime) -> bool:
    """Opt the address of a checked token out of its purpose. Returns whether anything changed.

    The same link again changes nothing; after the person opted in again it opts out again, as they ask.
    """
    own = {
        "tenant": unsubscription.tenant,
        "address_hash": unsubscription.address_hash,
        "purpose": unsubscription.purpose,
    }
    if Suppression.objects.filter(**own).exists():
        return False
    with transaction.atomic():
        owner = _last_owner(unsubscription.tenant, unsubscription.address_hash)
        row = PreferenceChange.objects.create(**own, account_id=owner, given=False, how=ChangedBy.ONE_CLICK, at=now)
        _carry_out(row, by=None)
    return True


def object_to(*, tenant: Tenant, email: str, account: User | None, purpose: Purpose, now: datetime) -> bool:
    """Switch a purpose off because whoever has the address objects; return whether it was not refused already.

    Without an account nobody has proven who asks: nothing can be switched on this way. Raises KeyringError.
    """
    hashed = address_hash(tenant, email)
    own = {"tenant": tenant, "address_hash": hashed, "purpose": purpose}
    if Suppression.objects.filter(**own).exists():
        return False
    with transaction.atomic():
        owner = account.pk if account else _last_owner(tenant, hashed)
        row = PreferenceChange.objects.create(**own, account_id=owner, given=False, how=ChangedBy.OBJECTION, at=now)
        _carry_out(row, by=Actor.subject(account) if account else None)
    return True


def take_privacy_signal(*, tenant: Tenant, account: User, now: datetime) -> bool:
    """Take `Sec-GPC: 1` (Global Privacy Control) as an opt-out of sharing. Returns whether it was new.

    Once for an address: what the person switches on afterwards, told that the browser asks otherwise, is their word.
    Raises KeyringError.
    """
    with transaction.atomic():
        row, is_new = PreferenceChange.objects.get_or_create(
            tenant=tenant,
            address_hash=address_hash(tenant, account.email),
            how=ChangedBy.GPC,
            defaults={"account": account, "purpose": Purpose.SHARING, "given": False, "at": now},
        )
        if is_new:
            _carry_out(row, by=Actor.subject(account))
    return is_new


def adopt(*, tenant: Tenant, account: User) -> None:
    """Give the account what a link changed under its address before it was there, so that it is in its bundle.

    Raises KeyringError.
    """
    hashed = address_hash(tenant, account.email)
    PreferenceChange.objects.filter(tenant=tenant, account=None, address_hash=hashed).update(account=account)
    # What was found in no store by the hash alone may be found by the address.
    choosing.again_for(tenant=tenant, address_hash=hashed)


def forget(*, tenant: Tenant, email: str, now: datetime) -> int:
    """Delete what an address switched on and off, and return how many changes that was. Raises KeyringError.

    The suppression list stays: who is erased has not asked for mail again.
    """
    with transaction.atomic():
        changes = PreferenceChange.objects.filter(tenant=tenant, address_hash=address_hash(tenant, email))
        count = changes.count()
        changes.delete()
        if count:
            target = Target("tenant", str(tenant.pk))
            record(tenant=tenant, verb="preference.forgotten", by=None, at=now, target=target, facts={"changes": count})
    return count


def _last_owner(tenant: Tenant, hashed: str) -> int | None:
    """Return the account that last changed something under an address of which only the hash is known."""
    known = PreferenceChange.objects.filter(tenant=tenant, address_hash=hashed, account__isnull=False).last()
    return known.account_id if known else None


def _carry_out(row: PreferenceChange, *, by: Actor | None) -> None:
    """Keep the suppression list in step with a change, and write the trail, in the caller's transaction."""
    own = {"tenant": row.tenant, "address_hash": row.address_hash, "purpose": row.purpose}
    if row.given:
        Suppression.objects.filter(**own).delete()
    else:
        Suppression.objects.get_or_create(**own, defaults={"since": row.at, "because": row})
    choosing.due(row)
    # Outside of this database, too: a backup of it would write to somebody again who has opted out since.
    transaction.on_commit(lambda: _remember(row))
    facts: dict[str, str | bool] = {"purpose": str(row.purpose), "given": row.given, "how": str(row.how)}
    record(tenant=row.tenant, verb="preference.changed", by=by, at=row.at, target=row, facts=facts)


def _remember(row: PreferenceChange) -> None:
    erasure_ledger().prefer(
        row.tenant.slug,
        address_hash=row.address_hash,
        purpose=str(row.purpose),
        given=row.given,
        how=str(row.how),
        at=row.at,
    )
