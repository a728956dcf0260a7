"""A tenant's data map is held against its live stores: what they hold that the map does not say."""

from __future__ import annotations

from typing import Any

from accounts.models import Tenant
from dsar.datamap.problems import DataMapError
from dsar.mapping.check import Checked, check, refused
from dsar.mapping.findings import Severity
from dsar.stores.base import StoreConfigError
from dsar.tenantmap import tenant_map

MOST_FINDINGS = 2_000


def check_map(tenant: Tenant) -> dict[str, Any]:
    """Return what was found of the tenant's own stores; `fingerprint` is of the map that was checked."""
    try:
        platform = tenant_map(tenant).platform
        return _document(check(platform.data_map, platform.configs), platform.data_map.fingerprint)
    except DataMapError as error:
        return _document(refused(error), "")
    except StoreConfigError as error:
        return {"problem": str(error), "findings": [], "stores": [], "more": 0, "errors": 1, "fingerprint": ""}


def _document(found: Checked, fingerprint: str) -> dict[str, Any]:
    """Return what the page shows: findings without end are cut, and counted."""
    findings = [item.as_dict() for item in found.findings]
    stores = [{"dataset": item.dataset, "kind": item.kind, "collections": item.collections} for item in found.stores]
    return {
        "problem": "",
        "fingerprint": fingerprint,
        "findings": findings[:MOST_FINDINGS],
        "more": max(0, len(findings) - MOST_FINDINGS),
        "stores": stores,
        "errors": len(found.of(Severity.ERROR)),
        "warnings": len(found.of(Severity.WARNING)),
        "unreached": len(found.of(Severity.UNREACHED)),
    }
