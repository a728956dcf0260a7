"""What of a person's data is kept and not used, and since when."""

from __future__ import annotations

from django.db import models

from accounts.models import Tenant
from dsar.models.choices import Ground, Purpose
from dsar.models.request import SubjectRequest


class Restriction(models.Model):
    """One purpose that a request would have stopped: in force from `since` until `ended_at`.

    `purpose` is a Purpose, a use that the tenant's data map declares (its `data_use`), or "": every use. `title` is
    what the map called the use when it was asked for, "" of the others. `since` None was only asked for. `lifting_at`
    is when it will end, as the person was told (GDPR Article 18(3)). `address_hash` is
    accounts.addresses.address_hash, "" once the person's data is erased: a restriction ends with it.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="restrictions")
    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="restrictions")
    address_hash = models.CharField(max_length=64, blank=True)
    purpose = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=200, blank=True)
    ground = models.CharField(max_length=10, choices=Ground.choices)
    since = models.DateTimeField(null=True, blank=True)
    lifting_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["subject_request", "purpose"], name="purpose_stopped_once_by_request"),
            models.CheckConstraint(
                name="lifted_once_in_force", condition=models.Q(lifting_at__isnull=True) | models.Q(since__isnull=False)
            ),
            models.CheckConstraint(
                name="restriction_in_force_is_of_somebody",
                condition=models.Q(ended_at__isnull=False) | ~models.Q(address_hash=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "address_hash"], condition=models.Q(ended_at=None), name="restriction_of_address"
            ),
            models.Index(
                fields=["lifting_at"],
                condition=models.Q(ended_at=None, lifting_at__isnull=False),
                name="restriction_to_be_lifted",
            ),
        ]

    def __str__(self) -> str:
        return f"stop of {self.purpose or 'every use'}"

    @property
    def is_in_force(self) -> bool:
        return self.since is not None and self.ended_at is None

    @property
    def is_asked(self) -> bool:
        """Whether it waits for somebody to decide, and does not hold meanwhile."""
        return self.since is None and self.ended_at is None

    @property
    def name(self) -> str:
        """What it is called for people; "" is every use."""
        return self.title or (str(Purpose(self.purpose).label) if self.purpose in Purpose.values else self.purpose)
