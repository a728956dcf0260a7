"""A person, or a tenant for everybody else, says for how long a category of rows is kept."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.audit import Actor, Target, record
from accounts.models import Tenant, User
from dsar.actions.purging.categories import categories
from dsar.models import RetentionChoice


class UnknownCategoryError(Exception):
    """The tenant's data map has no such category whose rows go by their age."""


def choose(
    *, tenant: Tenant, account: User | None, category: str, days: int | None, by: Actor | User | None, now: datetime
) -> bool:
    """Keep an account's rows of a category for so many days (1 to 90); without days, as long as everybody's.

    Without an account it is the tenant's word for everybody who has chosen none. Returns whether anything changed.
    Raises UnknownCategoryError, ValidationError, DataMapError, StoreConfigError.
    """
    if category not in {item.name for item in categories(tenant)}:
        raise UnknownCategoryError(category)
    own = {"tenant": tenant, "account": account, "category": category}
    with transaction.atomic():
        row = RetentionChoice.objects.select_for_update().filter(**own).first()
        if days is None:
            return row is not None and _leave_open(row, by=by, now=now)
        if row is not None and row.days == days:
            return False
        row = row or RetentionChoice(**own)
        row.days, row.chosen_at = days, now
        row.full_clean()
        row.save()
        facts: dict[str, int | str] = {"days": days, "for_all": account is None}
        record(tenant=tenant, verb="retention.chosen", by=by, at=now, target=row, facts=facts)
    return True


def forget(*, tenant: Tenant, account: User, now: datetime) -> int:
    """Delete what an account has chosen, and return how many choices that was."""
    with transaction.atomic():
        count, _ = RetentionChoice.objects.filter(tenant=tenant, account=account).delete()
        if count:
            target = Target("tenant", str(tenant.pk))
            facts = {"choices": count}
            record(tenant=tenant, verb="retention.forgotten", by=None, at=now, target=target, facts=facts)
    return count


def _leave_open(row: RetentionChoice, *, by: Actor | User | None, now: datetime) -> bool:
    facts = {"for_all": row.account_id is None}
    target = Target("retentionchoice", str(row.pk))
    row.delete()
    record(tenant=row.tenant, verb="retention.left_open", by=by, at=now, target=target, facts=facts)
    return True
