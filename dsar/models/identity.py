"""A value that identifies the person of a request."""

from django.db import models

from dsar.models.request import SubjectRequest


class Identity(models.Model):
    """`proven_at` None: found in a row, but not proven, so it is told and not searched."""

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=50)
    value = models.CharField(max_length=500)
    proven_by = models.CharField(max_length=200, blank=True)
    proven_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "identities"
        constraints = [models.UniqueConstraint(fields=["subject_request", "kind", "value"], name="identity_once")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject_request}"
