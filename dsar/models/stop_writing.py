"""What is still to be written into a tenant's stores of what somebody had stopped."""

from __future__ import annotations

from django.db import models

from dsar.models.request import SubjectRequest
from dsar.models.writing import StateWriting


class StopWriting(StateWriting):
    """How far the stores are with the stops of one request's person; one worker at a time writes them.

    What is to be written is what holds of the person when it is written (dsar.restrictions). `version` counts changes
    of that and `fence` workers; whoever holds neither any more has written what holds no longer. `before` is what stood
    in the rows (dsar.fulfilment.stating.kept), wrapped by the keyring, and gone once it is put back. `report`: by
    collection how many rows are marked, by store what is not done, and why recipients are `untold`; never a value of a
    row.
    """

    subject_request = models.OneToOneField(SubjectRequest, on_delete=models.CASCADE, related_name="stop_writing")

    class Meta:
        indexes = [models.Index(fields=["not_before"], condition=models.Q(done_at=None), name="stop_to_be_written")]

    def __str__(self) -> str:
        return f"stop {'written' if self.done_at else 'to be written'}"
