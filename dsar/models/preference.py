"""What a person switched on and off, and whom nothing is sent to."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounts.models import Tenant
from dsar.models.choices import ChangedBy, Purpose


class PreferenceChange(models.Model):
    """One change of one purpose; the newest of an address says what holds. Without any, the purpose is off.

    `address_hash` is accounts.addresses.address_hash. `account` is None for who unsubscribed without ever having
    had one.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="preference_changes")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="preference_changes"
    )
    address_hash = models.CharField(max_length=64)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    given = models.BooleanField()
    how = models.CharField(max_length=10, choices=ChangedBy.choices)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "address_hash"], condition=models.Q(how="gpc"), name="privacy_signal_recorded_once"
            ),
            models.CheckConstraint(
                # A signal and a link can say no, and nothing else.
                condition=models.Q(how="page") | models.Q(given=False),
                name="given_on_the_page_alone",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "address_hash", "purpose"], name="preference_of_address")]

    def __str__(self) -> str:
        return f"{self.purpose} {'on' if self.given else 'off'}"
