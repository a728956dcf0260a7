"""What people switched on and off since a backup of the portal was taken, done again from the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.audit import record, together
from accounts.models import Tenant
from dsar.actions.choosing import due as choosing
from dsar.actions.choosing.running import run_due
from dsar.actions.choosing.suppressing import write_suppressions
from dsar.ledgers import erasure_ledger
from dsar.models import ChoiceWriting, PreferenceChange, Suppression


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


@dataclass(frozen=True)
class Rewritten:
    """How many choices are to be in the stores again, and what stands in the way of it."""

    choices: int
    problems: tuple[str, ...] = ()


def rewrite_choices(tenant: Tenant, *, taken_at: datetime, clock: Callable[[], datetime], commits: bool) -> Rewritten:
    """Write into the tenant's stores what people chose since a backup of them, those who are forgotten among them.

    At once: a store that is served first would be mailed from. Raises DataMapError, StoreConfigError, KeyringError.
    """
    own = ChoiceWriting.objects.filter(tenant=tenant)
    with_writing = own.filter(address_hash=OuterRef("address_hash"), purpose=OuterRef("purpose"))
    forgotten = Suppression.objects.filter(~Exists(with_writing), tenant=tenant, since__gt=taken_at)
    since = choosing.changed_since(tenant, taken_at)
    count = since.count() + forgotten.count()
    if not commits:
        return Rewritten(count)
    choosing.again_since(tenant, taken_at=taken_at, now=clock())
    while run_due(clock=clock):
        """Each turn ends after a while, and the next goes on."""
    problems = list(write_suppressions(tenant, forgotten.order_by("pk")))
    problems += [line for error in own.exclude(error="").values_list("error", flat=True) for line in error.splitlines()]
    return Rewritten(count, tuple(dict.fromkeys(problems)))


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
