"""A setting is changed, or a change undone by another one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import Actor, Target, record, together
from accounts.models import Tenant, User
from dsar import queries
from dsar.actions.ruling import names
from dsar.models import Policy, SettingChange

#: What an audit event may hold of a value: a number, or a short code.
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")


class SettingsChangedError(Exception):
    """Somebody else has changed the same setting meanwhile; the message says so."""


def change(
    tenant: Tenant,
    values: Mapping[str, Any],
    *,
    why: str,
    by: Actor | User | None,
    now: datetime,
    seen: Mapping[str, Any] | None = None,
) -> list[SettingChange]:
    """Set values by their names and return what has changed; what is under way keeps what it began with.

    `seen` are the values that whoever changes them has seen. Raises ValidationError for what is out of bounds, and
    SettingsChangedError where a value is not the one seen: then nothing is changed.
    """
    with transaction.atomic(), together():
        Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)  # of two at once the second sees the first
        kept = names.held(tenant)
        before = names.read(kept)
        _refuse_unseen(before, values, seen or {})
        changed = {name: value for name, value in values.items() if before.get(name) != value}
        for name, value in changed.items():
            names.write(kept, name, value)
        kept.save()
        after = names.read(kept)
        made = [_keep(tenant, name, before[name], after[name], why, by, now) for name in changed]
    tenant.refresh_from_db()  # a policy that was read before is not the one of now
    return made


def undo(past: SettingChange, *, by: User, now: datetime) -> list[SettingChange]:
    """Set again what a change has replaced, by a new change. Raises ValidationError, SettingsChangedError."""
    why = _("Undoes change %(number)s.") % {"number": past.pk}
    seen = {past.name: past.after}
    return change(past.tenant, {past.name: past.before}, why=why, by=by, now=now, seen=seen)


def set_rules(tenant: Tenant, *, by: Actor | User | None, now: datetime, **rules: int) -> Policy:
    """Set rules by the names of Policy's columns. Raises ValidationError for what is out of bounds."""
    change(tenant, rules, why="", by=by, now=now)
    return queries.policy(tenant)


def _refuse_unseen(before: Mapping[str, Any], values: Mapping[str, Any], seen: Mapping[str, Any]) -> None:
    unknown = values.keys() - before.keys()
    if unknown:
        raise ValidationError(_("There is no such setting."))
    if any(name in seen and seen[name] != before[name] for name in values):
        raise SettingsChangedError(
            _("Somebody else has changed this meanwhile. Look at what it is now, and change it again if need be.")
        )


def _keep(
    tenant: Tenant, name: str, before: Any, after: Any, why: str, by: Actor | User | None, now: datetime
) -> SettingChange:
    kept = SettingChange.objects.create(
        tenant=tenant, name=name, before=before, after=after, why=why, by=by if isinstance(by, User) else None, at=now
    )
    facts: dict[str, str | int | bool] = {"rule": name, "change": kept.pk}
    if isinstance(after, int) or (isinstance(after, str) and _CODE.fullmatch(after) and not name.startswith("text.")):
        facts["value"] = after
    record(tenant=tenant, verb="policy.set", by=by, at=now, target=Target("tenant", str(tenant.pk)), facts=facts)
    return kept
