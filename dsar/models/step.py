"""The work of one request in one store at one stage."""

from django.db import models

from dsar.models.choices import StepKind, StepState
from dsar.models.request import SubjectRequest


class Step(models.Model):
    """A worker holds a step by `lease_until` and `fence`: whoever has an older fence may write nothing more.

    `report` says what was found by counts and names only; rows and join keys lie encrypted in storage
    below `folder`, `keys_sha256` being the sha256 of the join keys' plain bytes. PREVIEW, VERIFY and PACK steps have no
    dataset.
    """

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=10, choices=StepKind.choices)
    dataset = models.CharField(max_length=100, blank=True)
    stage = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=StepState.choices, default=StepState.READY)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveIntegerField(default=0)
    rows = models.PositiveBigIntegerField(default=0)
    report = models.JSONField(default=dict, blank=True)
    folder = models.CharField(max_length=200, blank=True)
    keys_sha256 = models.CharField(max_length=64, blank=True)
    error = models.TextField(blank=True)
    snapshot_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["kind", "stage", "dataset"]
        constraints = [
            models.UniqueConstraint(fields=["subject_request", "kind", "dataset", "stage"], name="step_once"),
            models.CheckConstraint(
                name="failed_step_says_why", condition=~models.Q(state=StepState.FAILED) | ~models.Q(error="")
            ),
        ]
        indexes = [
            models.Index(fields=["state", "not_before"], name="step_ready"),
            models.Index(fields=["finished_at"], name="step_finished"),
            # For the queue, which looks for all that failed. It begins with what is always the same here: otherwise
            # SQLite, as long as it knows nothing of the rows, takes that of the ready ones.
            models.Index(
                fields=["state", "subject_request", "dataset", "kind"],
                name="step_failed",
                condition=models.Q(state="failed"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.dataset} {self.stage} of {self.subject_request}"
