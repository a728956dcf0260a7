"""A tenant's own rules are set."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.audit import Actor, Target, record
from accounts.models import Tenant, User
from dsar import queries
from dsar.models import Policy


def set_rules(tenant: Tenant, *, by: Actor | User | None, now: datetime, **rules: int) -> Policy:
    """Set rules by the names of Policy's columns; what is under way keeps those it began with.

    Raises ValidationError for what is out of bounds, changing nothing.
    """
    policy = queries.policy(tenant)
    for name, value in rules.items():
        setattr(policy, name, value)
    policy.full_clean()
    with transaction.atomic():
        policy.save()
        for name, value in rules.items():
            facts: dict[str, str | int] = {"rule": name, "value": value}
            record(
                tenant=tenant, verb="policy.set", by=by, at=now, target=Target("tenant", str(tenant.pk)), facts=facts
            )
    return policy
