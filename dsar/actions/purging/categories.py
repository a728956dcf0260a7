"""What days can be chosen for: the chapters of a tenant's data map in which rows go by their age."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.models import Tenant, User
from dsar.datamap.model import Collection
from dsar.fulfilment.purging.expiries import general_days, is_purged
from dsar.fulfilment.purging.people import category_of
from dsar.models import RetentionChoice
from dsar.stores.expiring import Expiring
from dsar.tenantmap import tenant_map


@dataclass(frozen=True, slots=True)
class Category:
    """`days`: what holds for whoever has chosen none (least and most, where its collections differ).

    `holds` are the titles of what is in it; `own` is what the account has chosen.
    """

    name: str
    least: int
    most: int
    holds: tuple[str, ...]
    own: int | None = None


def tenant_days(tenant: Tenant) -> dict[str, int]:
    """Return what a tenant says for everybody, by category."""
    return dict(RetentionChoice.objects.filter(tenant=tenant, account=None).values_list("category", "days"))


def own_days(tenant: Tenant, account: User) -> dict[str, int]:
    return dict(RetentionChoice.objects.filter(tenant=tenant, account=account).values_list("category", "days"))


def categories(tenant: Tenant, account: User | None = None) -> list[Category]:
    """Return the categories of the tenant's own stores, in the map's order. Raises DataMapError, StoreConfigError.

    What lies where nothing can be deleted by its age is left out: nobody is promised what is not done.
    """
    platform = tenant_map(tenant).platform
    found: dict[str, list[Collection]] = {}
    for collection in platform.data_map.collections():
        if is_purged(collection) and isinstance(platform.store(collection.dataset), Expiring):
            found.setdefault(category_of(collection), []).append(collection)
    general = tenant_days(tenant)
    own = own_days(tenant, account) if account else {}
    return [_category(name, collections, general, own.get(name)) for name, collections in found.items()]


def _category(name: str, collections: list[Collection], general: Mapping[str, int], own: int | None) -> Category:
    days = [general_days(item, general) for item in collections]
    holds = tuple(dict.fromkeys(item.title or item.name for item in collections))
    return Category(name, min(days), max(days), holds, own)
