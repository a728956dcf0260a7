"""What is delivered."""

from django.conf import settings
from django.db import models

from dsar.models.choices import SealedTo
from dsar.models.request import SubjectRequest


class Bundle(models.Model):
    """An archive in storage, encrypted with a key of its own (wrapped in `sealed_key`; None means destroyed).

    `sealed_to` says what opens it once the person has had it sealed for themselves; nobody here can then.
    """

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="bundles")
    path = models.CharField(max_length=200, unique=True)
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    sealed_key = models.BinaryField(null=True)
    sealed_to = models.CharField(max_length=10, choices=SealedTo.choices, blank=True)
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
            models.CheckConstraint(
                name="bundle_sealed_to_a_person_has_no_key_here",
                condition=models.Q(sealed_to="") | models.Q(sealed_key__isnull=True),
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
