"""The account of somebody whose deletion waits for its time: whether it is hidden, and what is still to be written."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from dsar.models.request import SubjectRequest
from dsar.models.writing import StateWriting


class Visibility(models.TextChoices):
    """OVER: the deletion has begun, and nothing is put back any more."""

    HIDDEN = "hidden", _("Hidden")
    SHOWN = "shown", _("Shown")
    OVER = "over", _("Over")


class Suspension(StateWriting):
    """Made with the order of a deletion, where the person had just shown again who they are; one worker at a time.

    `wanted` is what should hold in the stores, and `done_at` when it did. `version` counts what was wanted and `fence`
    workers; whoever holds neither any more has written what holds no longer. `before` is what stood in the rows
    (dsar.fulfilment.stating.kept), wrapped by the keyring, and gone when it is put back or the deletion begins.
    `report`: by collection how many rows are hidden and since when, by store what is not done; never a value of a row.
    """

    subject_request = models.OneToOneField(SubjectRequest, on_delete=models.CASCADE, related_name="suspension")
    wanted = models.CharField(max_length=10, choices=Visibility.choices, default=Visibility.HIDDEN)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="suspension_over_holds_nothing",
                condition=~models.Q(wanted="over") | models.Q(before__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["not_before"], condition=models.Q(done_at=None), name="suspension_to_be_written"),
        ]

    def __str__(self) -> str:
        return f"{self.wanted} {'written' if self.done_at else 'to be written'}"
