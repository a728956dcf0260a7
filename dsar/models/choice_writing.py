"""What is still to be written into a tenant's stores of what somebody switched on or off."""

from __future__ import annotations

from django.db import models

from accounts.models import Tenant
from dsar.models.choices import Purpose
from dsar.models.preference import PreferenceChange
from dsar.models.writing import Writing


class ChoiceWriting(Writing):
    """One purpose of one address: a new change makes its row due again, so that one worker at a time writes it.

    `change` is the newest; the row goes with it. Done with an `error`: no address was found by the hash, and it says
    where nobody could look.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="choice_writings")
    address_hash = models.CharField(max_length=64)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    change = models.ForeignKey(PreferenceChange, on_delete=models.CASCADE, related_name="+")
    rows = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "address_hash", "purpose"], name="choice_written_by_one_row"),
        ]
        indexes = [
            models.Index(fields=["not_before"], condition=models.Q(done_at=None), name="choice_to_be_written"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {'written' if self.done_at else 'to be written'}"
