"""Whether a tenant's data map can be worked with: what an engineer asks after each change of it."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Tenant
from dsar.datamap.problems import DataMapError
from dsar.stores.base import StoreConfigError, StoreError
from dsar.tenantmap import TenantMap, tenant_map


@dataclass(frozen=True)
class MapCheck:
    """`problems` say what to mend and where; `stores` are the datasets that answered, each with its kind."""

    problems: tuple[str, ...]
    stores: tuple[tuple[str, str], ...] = ()


def check_map(*, tenant: Tenant) -> MapCheck:
    """Load the map and its stores' addresses strictly, then open every store once. Changes nothing."""
    try:
        tenants_map = tenant_map(tenant)
    except DataMapError as error:
        return MapCheck(tuple(map(str, error.problems)))
    except StoreConfigError as error:
        return MapCheck((str(error),))
    problems = [str(problem) for problem in tenants_map.graph.findings()]
    stores = []
    for dataset in tenants_map.data_map.datasets:
        try:
            stores.append((dataset.key, _open(tenants_map, dataset.key)))
        except (StoreConfigError, StoreError) as error:
            problems.append(str(error))
    return MapCheck(tuple(problems), tuple(stores))


def _open(tenants_map: TenantMap, dataset: str) -> str:
    store = tenants_map.store(dataset)
    with store.snapshot():
        return store.kind
