"""What is to be written into a tenant's stores until it holds there."""

from __future__ import annotations

from django.db import models


class Writing(models.Model):
    """Due until `done_at`, and due again with every change of what is to hold; one worker at a time writes it.

    `version` counts changes and `fence` workers; whoever holds neither any more has written what holds no longer.
    """

    version = models.PositiveIntegerField(default=1)
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class StateWriting(Writing):
    """Of a state that rows hold for a while (dsar.fulfilment.stating), and are put back from.

    `before` is what stood in the rows (dsar.fulfilment.stating.kept), wrapped by the keyring, and gone once it is put
    back. `report` tells by collection what is written, and by store what is not done; never a value of a row.
    """

    report = models.JSONField(default=dict)
    before = models.BinaryField(null=True)

    class Meta:
        abstract = True
