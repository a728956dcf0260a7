"""What proves an erasure."""

from django.db import models

from dsar.models.request import SubjectRequest


class Certificate(models.Model):
    """A signed document in storage, encrypted with a key of its own (wrapped in `sealed_key`; None means destroyed).

    Whoever has the secret of the last email can fetch it: the account is gone by then. Only the secret's hash is here.
    """

    subject_request = models.OneToOneField(SubjectRequest, on_delete=models.CASCADE, related_name="certificate")
    path = models.CharField(max_length=200, unique=True)
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    sealed_key = models.BinaryField(null=True)
    secret_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    purged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="purged_certificate_has_no_key",
                condition=models.Q(purged_at__isnull=True) | models.Q(sealed_key__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"certificate of {self.subject_request}"
