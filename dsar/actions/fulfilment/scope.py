"""What of a collection a type of request delivers."""

from __future__ import annotations

from dsar.datamap.model import Collection, Origin
from dsar.models import RequestType
from dsar.tenantmap import TenantMap


class Scope:
    """Portability leaves out what was inferred (GDPR Article 20); every other type delivers all that is no secret."""

    def __init__(self, tenants_map: TenantMap, request_type: str) -> None:
        self._data_map = tenants_map.data_map
        self._leaves_out = Origin.INFERRED if request_type == RequestType.PORTABILITY else None

    def dropped(self, collection: Collection) -> frozenset[str]:
        """Return the paths of the fields, at any depth, that are not delivered."""
        return frozenset(
            item.path for item in collection.walk() if self._data_map.origin(collection, item) is self._leaves_out
        )

    def drops_all(self, collection: Collection) -> bool:
        """Return whether nothing of the collection is delivered."""
        return self.dropped(collection) >= {item.path for item in collection.readable}
