"""Who of the team has a case open now."""

from django.conf import settings
from django.db import models

from dsar.models.request import SubjectRequest


class CaseViewer(models.Model):
    """`seen_at` is when the page was last known to be open; a row that is older than a minute or two is nobody's.

    What is proven of who looked is in the audit trail; this only spares two people the same work.
    """

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="viewers")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject_request", "account"], name="viewer_once")]
        indexes = [models.Index(fields=["seen_at"], name="viewer_seen")]

    def __str__(self) -> str:
        return f"viewer of {self.subject_request}"
