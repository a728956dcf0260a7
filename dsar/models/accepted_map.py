"""The states of a tenant's data map that somebody stood up for."""

from django.conf import settings
from django.db import models

from accounts.models import Tenant


class AcceptedMap(models.Model):
    """`document`: what dsar.mapping.changes keeps of the map. The newest is the one that changes are told against."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="accepted_maps")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    fingerprint = models.CharField(max_length=64)
    document = models.JSONField()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.fingerprint[:12]} of {self.tenant}"
