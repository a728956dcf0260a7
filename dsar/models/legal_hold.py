"""What must not be deleted for now, whatever its time."""

from django.conf import settings
from django.db import models

from dsar.models.request import SubjectRequest


class LegalHold(models.Model):
    """A request that a dispute or an authority wants kept: nothing of it goes while the hold lasts.

    `until` None lasts until somebody lifts it. `reason` is for the team; the person is told from when to when.
    """

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="holds")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["since", "id"]
        constraints = [
            models.CheckConstraint(name="hold_says_why", condition=~models.Q(reason="")),
            models.CheckConstraint(
                name="hold_ends_after_it_began",
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
            ),
        ]

    def __str__(self) -> str:
        return f"hold on {self.subject_request}"
