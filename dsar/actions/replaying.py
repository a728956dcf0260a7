"""What people switched on and off since a backup of the portal was taken, done again from the ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.audit import record, together
from accounts.models import Tenant
from dsar.actions.choosing import due as choosing
from dsar.ledgers import erasure_ledger
from dsar.models import PreferenceChange, Suppression


def replay_preferences(tenant: Tenant, *, taken_at: datetime, now: datetime, commits: bool) -> int:
    """Write again the changes that this database has not; return how many they are. Raises OSError, DamagedError.

    The suppression list is left as the newest change of each address and purpose says, older ones of the backup
    included.
    """
    with transaction.atomic(), together():
        missing = [line for line in _since(tenant, taken_at) if not _own(tenant, line).exists()]
        for line in missing if commits else ():
            _write(tenant, line, now=now)
    return len(missing)


def _since(tenant: Tenant, taken_at: datetime) -> list[dict[str, Any]]:
    return [
        line
        for line in erasure_ledger().lines()
        if line["kind"] == "preference" and line["tenant"] == tenant.slug and _at(line) > taken_at
    ]


def _own(tenant: Tenant, line: dict[str, Any]) -> Any:
    return PreferenceChange.objects.filter(
        tenant=tenant, address_hash=line["address_hash"], purpose=line["purpose"], at=_at(line), given=line["given"]
    )


def _write(tenant: Tenant, line: dict[str, Any], *, now: datetime) -> None:
    address = {"tenant": tenant, "address_hash": line["address_hash"]}
    own = {**address, "purpose": line["purpose"]}
    account = PreferenceChange.objects.filter(**address, account__isnull=False).last()
    row = PreferenceChange.objects.create(
        **own, account_id=account.account_id if account else None, given=line["given"], how=line["how"], at=_at(line)
    )
    newest = PreferenceChange.objects.filter(**own).last()
    if newest is not None and newest.given:
        Suppression.objects.filter(**own).delete()
    else:
        Suppression.objects.get_or_create(**own, defaults={"since": row.at, "because": row})
    choosing.due(row)
    facts: dict[str, str | bool] = {"purpose": str(row.purpose), "given": row.given, "how": str(row.how)}
    record(tenant=tenant, verb="preference.changed", by=None, at=now, target=row, facts=facts)


def _at(line: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(line["at"])
