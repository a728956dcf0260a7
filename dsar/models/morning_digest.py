"""Who of the team wants a message each morning about what is at risk."""

from django.conf import settings
from django.db import models

from accounts.models import Tenant


class MorningDigest(models.Model):
    """The row is the wish. `last_day` is the day, where the tenant is, that was last looked at; None before any."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="morning_digests")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="morning_digests")
    chosen_at = models.DateTimeField()
    last_day = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="digest_once")]

    def __str__(self) -> str:
        return f"digest of {self.tenant}"
