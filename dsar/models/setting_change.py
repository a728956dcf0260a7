"""The history of a tenant's settings: one row a change, never changed itself."""

from django.conf import settings
from django.db import models

from accounts.models import Tenant


class SettingChange(models.Model):
    """`name` is of dsar.actions.ruling.names; `before` and `after` are plain values. `by` None: the operator."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="setting_changes")
    name = models.CharField(max_length=80)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    why = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["tenant", "-id"], name="setting_history")]

    def __str__(self) -> str:
        return f"{self.name} of {self.tenant}"
