"""What of a data map a type of request delivers."""

from __future__ import annotations

from dsar.datamap.model import Origin
from dsar.fulfilment.scope import Scope
from dsar.models import RequestType
from dsar.tenantmap import TenantMap


def scope_of(tenants_map: TenantMap, request_type: str) -> Scope:
    """Return the scope: portability leaves out what was inferred; every other type delivers all that is no secret."""
    return Scope(tenants_map.data_map, Origin.INFERRED if request_type == RequestType.PORTABILITY else None)
