"""Whose rows must not go, whatever their age: a legal hold, a restriction."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from accounts.models import Tenant
from dsar.fulfilment.reach import Identities

#: Each tells of a tenant whom it holds, by what identifies them. Whatever keeps holds and restrictions adds itself.
SOURCES: list[Callable[[Tenant], Iterable[Identities]]] = []


def held(tenant: Tenant) -> list[Identities]:
    """Return the identities of everybody who is held."""
    return [identities for source in SOURCES for identities in source(tenant)]
