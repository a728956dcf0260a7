"""What a person says of a value that was not corrected."""

from django.db import models

from dsar.models.request import SubjectRequest


class DisputeStatement(models.Model):
    """The person's own words, encrypted in storage with a key of their own (wrapped in `sealed_key`; None: destroyed).

    They are attached to every later bundle of the person until `expires_at`.
    """

    subject_request = models.OneToOneField(SubjectRequest, on_delete=models.CASCADE, related_name="dispute")
    path = models.CharField(max_length=200, unique=True)
    sealed_key = models.BinaryField(null=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    purged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["made_at"]
        constraints = [
            models.CheckConstraint(
                name="purged_dispute_has_no_key",
                condition=models.Q(purged_at__isnull=True) | models.Q(sealed_key__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"dispute of {self.subject_request}"
