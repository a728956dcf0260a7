"""The tenant that a command names."""

from __future__ import annotations

from accounts.models import Tenant
from dsar.datamap.problems import did_you_mean
from dsar.management.asking import BadInputError


def read_tenant(slug: str) -> Tenant:
    """Return the tenant. Raises BadInputError."""
    try:
        return Tenant.objects.get(slug=slug)
    except Tenant.DoesNotExist:
        known = Tenant.objects.values_list("slug", flat=True)
        raise BadInputError(f"--tenant: there is no tenant '{slug}'{did_you_mean(slug, known)}") from None
