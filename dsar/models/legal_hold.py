"""What must not be deleted for now, whatever its time."""

from django.conf import settings
from django.db import models

from dsar.models.request import SubjectRequest


class LegalHold(models.Model):
    """A request that a dispute or an authority wants kept: nothing of it goes while the hold lasts.

    Nor is anything of the same person erased or purged in the stores. `until` None lasts until somebody lifts it,
    `ended_by`, who says why. Reasons are for the team; the person is told from when to when.
    """

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="holds")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    end_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["since", "id"]
        constraints = [
            models.CheckConstraint(name="hold_says_why", condition=~models.Q(reason="")),
            models.CheckConstraint(
                name="ended_hold_says_why",
                condition=models.Q(ended_by__isnull=True) | ~models.Q(end_reason=""),
            ),
            models.CheckConstraint(
                name="hold_ends_after_it_began",
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
            ),
        ]

    def __str__(self) -> str:
        return f"hold on {self.subject_request}"
