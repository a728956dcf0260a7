"""What of a data map a type of request delivers."""

from __future__ import annotations

from dsar.bundle.part import read_part
from dsar.datamap.model import Origin
from dsar.fulfilment.scope import Scope
from dsar.models import RequestType, SubjectRequest
from dsar.tenantmap import TenantMap


def scope_of(tenants_map: TenantMap, subject_request: SubjectRequest) -> Scope:
    """Return the scope: portability leaves out what was inferred; every other type delivers all that is no secret.

    Of that, what the person asked for.
    """
    leaves_out = Origin.INFERRED if subject_request.type == RequestType.PORTABILITY else None
    part = read_part(subject_request.narrowing, zone=subject_request.tenant.time_zone)
    return Scope(tenants_map.data_map, leaves_out, part)
