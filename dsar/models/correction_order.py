"""What is settled about a correction: what the person proposed, and which of it was approved."""

from django.db import models

from dsar.models.request import SubjectRequest


class CorrectionOrder(models.Model):
    """Made when the person has proven who asks. No value of theirs is here: those lie encrypted in storage.

    `path` and `proposals_sha256` name what the person proposed, "" before `proposed_at`. `approved` is the fingerprint
    of the preview that a reviewer has approved and `approved_stage` its stage; `approved_lines` are the numbers of its
    lines that are written. `begun_at`: the first store is written from here on, and nobody can stop it any more.
    """

    subject_request = models.OneToOneField(SubjectRequest, on_delete=models.CASCADE, related_name="correction")
    proposed_at = models.DateTimeField(null=True, blank=True)
    path = models.CharField(max_length=200, blank=True)
    proposals_sha256 = models.CharField(max_length=64, blank=True)
    approved = models.CharField(max_length=64, blank=True)
    approved_stage = models.PositiveSmallIntegerField(default=0)
    approved_lines = models.JSONField(default=list, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    begun_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="correction_begins_approved",
                condition=models.Q(begun_at__isnull=True) | models.Q(approved_at__isnull=False),
            ),
            models.CheckConstraint(
                name="correction_approved_proposed",
                condition=models.Q(approved_at__isnull=True) | models.Q(proposed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"correction of {self.subject_request}"
