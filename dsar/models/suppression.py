"""Who is left alone."""

from __future__ import annotations

from django.db import models

from accounts.models import Tenant
from dsar.models.choices import Purpose
from dsar.models.preference import PreferenceChange


class Suppression(models.Model):
    """An address that opted out of a purpose, by its keyed hash alone: it outlives the account and its erasure.

    `because` is the change that it came of, for as long as that is kept.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="suppressions")
    address_hash = models.CharField(max_length=64)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    since = models.DateTimeField()
    because = models.ForeignKey(PreferenceChange, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "address_hash", "purpose"], name="suppressed_once"),
        ]

    def __str__(self) -> str:
        return f"no {self.purpose} since {self.since:%Y-%m-%d}"
