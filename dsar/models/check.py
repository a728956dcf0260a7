"""Long checks of a tenant's, run by workers: a page shows the last result and its time."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Tenant


class CheckKind(models.TextChoices):
    """What is checked: the data map against its live stores, or the whole audit trail."""

    MAP = "map", _("Data map")
    TRAIL = "trail", _("Audit trail")


class Check(models.Model):
    """One check, asked for and then run by a worker. `report` holds names of tables and counts, never a value.

    While `finished_at` is None, whoever holds `lease_until` runs it; it is None until a worker has taken it.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="checks")
    kind = models.CharField(max_length=10, choices=CheckKind.choices)
    asked_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    report = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kind"],
                condition=models.Q(finished_at__isnull=True),
                name="one_check_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "kind", "-asked_at"], name="latest_check")]

    def __str__(self) -> str:
        return f"check of {self.tenant}'s {self.kind}"
