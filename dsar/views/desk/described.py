"""The words of the data map for the desk, which must open while the map has a mistake: then above all."""

from __future__ import annotations

from dsar.datamap.model import DataMap
from dsar.datamap.problems import DataMapError
from dsar.models import SubjectRequest
from dsar.stores.base import StoreConfigError
from dsar.tenantmap import tenant_map

_NOTHING = DataMap(datasets=(), systems=(), fingerprint="")


def described(subject_request: SubjectRequest) -> tuple[DataMap, str]:
    """Return the tenant's data map and ""; or a map that describes nothing, and the mistake with file and line."""
    try:
        return tenant_map(subject_request.tenant).data_map, ""
    except (DataMapError, StoreConfigError) as error:
        return _NOTHING, str(error)
