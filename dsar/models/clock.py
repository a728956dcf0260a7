"""What moved a request's clocks, and which warnings were given."""

from django.db import models

from dsar.models.request import SubjectRequest


class ClockPause(models.Model):
    """A time in which the person owed an answer; a clarification stops the law's clock, too, where that law says so."""

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="pauses")
    reason = models.CharField(max_length=100)
    is_clarification = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_request"], condition=models.Q(ended_at__isnull=True), name="one_open_pause"
            ),
        ]

    def __str__(self) -> str:
        return f"pause of {self.subject_request}"

    @property
    def is_open_question(self) -> bool:
        """Whether the person owes the team an answer."""
        return self.is_clarification and self.ended_at is None


class ClockWarning(models.Model):
    """A warning that was given; `percent` of the clock's time was used up. Its row makes it given once."""

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="warnings")
    clock = models.CharField(max_length=10)
    percent = models.PositiveSmallIntegerField()
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_request", "clock", "percent"], name="warned_once"),
        ]

    def __str__(self) -> str:
        return f"{self.clock} {self.percent} % of {self.subject_request}"
