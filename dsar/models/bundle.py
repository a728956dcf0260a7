"""What is delivered."""

from django.conf import settings
from django.db import models

from dsar.models.request import SubjectRequest


class Bundle(models.Model):
    """An archive in storage, encrypted with a key of its own (wrapped in `sealed_key`; None means destroyed)."""

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="bundles")
    path = models.CharField(max_length=200, unique=True)
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    sealed_key = models.BinaryField(null=True)
    summary = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    purged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                name="purged_bundle_has_no_key",
                condition=models.Q(purged_at__isnull=True) | models.Q(sealed_key__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"bundle of {self.subject_request}"


class Download(models.Model):
    """One download: who, when, and whether all bytes went out."""

    bundle = models.ForeignKey(Bundle, on_delete=models.CASCADE, related_name="downloads")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"download of {self.bundle}"
