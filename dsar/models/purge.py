"""Purges of a tenant's stores: who approved the map that they run by, and what each has done."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounts.models import Tenant


class PurgeApproval(models.Model):
    """Somebody has read what a purge by the map of this fingerprint would delete, and lets it run."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="purge_approvals")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    fingerprint = models.CharField(max_length=64)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "fingerprint"], name="purge_approved_once"),
        ]

    def __str__(self) -> str:
        return f"{self.fingerprint[:12]} of {self.tenant}"


class PurgeRun(models.Model):
    """One run by the map of a fingerprint: a report, or, where it `deletes`, the deed. `report` is of counts alone.

    While `finished_at` is None nobody else runs for the tenant until `lease_until`; after that the worker is taken for
    dead, and what it has not deleted is left to the next run.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="purge_runs")
    fingerprint = models.CharField(max_length=64)
    deletes = models.BooleanField()
    started_at = models.DateTimeField()
    lease_until = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    report = models.JSONField(default=dict)

    class Meta:
        ordering = ["started_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant"], condition=models.Q(finished_at__isnull=True), name="one_purge_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"purge of {self.tenant} at {self.started_at:%Y-%m-%d %H:%M}"
