"""A mailed code that proves an address to somebody without an account."""

from django.db import models

from dsar.models.request import SubjectRequest


class VerificationCode(models.Model):
    """Only a keyed hash of the code is stored; `attempts` counts wrong ones."""

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="codes")
    code_hash = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"code for {self.subject_request}"
