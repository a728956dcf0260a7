"""What of a row a type of request delivers."""

from __future__ import annotations

from collections.abc import Callable

from dsar.datamap.model import Collection, Field, Origin
from dsar.models import RequestType
from dsar.tenantmap import TenantMap


def keeper(tenants_map: TenantMap, request_type: str) -> Callable[[Collection, Field], bool]:
    """Return which fields a request of this type delivers: portability leaves out what was inferred (Article 20)."""
    if request_type != RequestType.PORTABILITY:
        return lambda _collection, _field: True
    return lambda collection, field: tenants_map.data_map.origin(collection, field) is not Origin.INFERRED
