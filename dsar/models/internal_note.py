"""What the privacy team writes to itself about a case."""

from django.conf import settings
from django.db import models

from dsar.models.request import SubjectRequest


class InternalNote(models.Model):
    """A note of the team's, which the person never reads; `mentioned` members were told of it by email."""

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="notes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    text = models.TextField()
    token = models.CharField(max_length=64)
    at = models.DateTimeField()
    mentioned = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["subject_request", "token"], name="note_written_once"),
        ]

    def __str__(self) -> str:
        return f"note on {self.subject_request}"
