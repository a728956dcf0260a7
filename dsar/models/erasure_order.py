"""What is settled about a deletion: until when it can be taken back, and which rows were approved."""

from django.db import models

from dsar.models.request import SubjectRequest


class ErasureOrder(models.Model):
    """Made when the person has proven who asks.

    `undo_until`: nothing is erased before; the person may take the request back. `approved` is the fingerprint of the
    preview that a reviewer has approved, "" before; `approved_stage` is that preview's stage. `begun_at`: the first
    store is changed from here on, and nobody can stop it any more. `keeps_copy`: what is taken is kept sealed for a
    while, unless the person refuses; `restorable_until` is when its key is destroyed.
    """

    subject_request = models.OneToOneField(SubjectRequest, on_delete=models.CASCADE, related_name="erasure")
    undo_until = models.DateTimeField()
    approved = models.CharField(max_length=64, blank=True)
    approved_stage = models.PositiveSmallIntegerField(default=0)
    approved_at = models.DateTimeField(null=True, blank=True)
    begun_at = models.DateTimeField(null=True, blank=True)
    keeps_copy = models.BooleanField(default=True)
    restorable_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="erasure_begins_approved",
                condition=models.Q(begun_at__isnull=True) | models.Q(approved_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"erasure of {self.subject_request}"
