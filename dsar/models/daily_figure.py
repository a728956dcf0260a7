"""How many requests came and went on a day: what the dashboard sums up, so that it need not read the register."""

from __future__ import annotations

from django.db import models

from accounts.models import Tenant


class DailyFigure(models.Model):
    """What happened on one day in the tenant's zone to requests of one type under one law: counts alone.

    `type` is a RequestType, or dsar.figures.CHOICE: opt-outs of sharing on a page or by a browser's signal, which are
    filed under no law (`regime` ""). `received` is of those received on the day, the rest of those closed on it.
    `fulfilled` includes `partly` and `nothing`; `denied` includes `unconfirmed`, which nobody ever confirmed. Of those
    answered (fulfilled, or denied and confirmed): `in_time` kept the house promise, `seconds` is from receipt to
    closing in sum, `hours` counts them by the hours that had begun. `reasons` counts the denied by DenialReason.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="daily_figures")
    day = models.DateField()
    type = models.CharField(max_length=20)
    regime = models.CharField(max_length=10, blank=True)
    received = models.PositiveIntegerField(default=0)
    fulfilled = models.PositiveIntegerField(default=0)
    partly = models.PositiveIntegerField(default=0)
    nothing = models.PositiveIntegerField(default=0)
    denied = models.PositiveIntegerField(default=0)
    unconfirmed = models.PositiveIntegerField(default=0)
    withdrawn = models.PositiveIntegerField(default=0)
    in_time = models.PositiveIntegerField(default=0)
    seconds = models.PositiveBigIntegerField(default=0)
    hours = models.JSONField(default=dict, blank=True)
    reasons = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "day", "type", "regime"], name="figure_of_day_once")]

    def __str__(self) -> str:
        return f"{self.type} of {self.day}"


class DailyStoreFigure(models.Model):
    """What steps that ended on one day came to in one store.

    `tries` counts attempts of all; `milliseconds` is what the last attempts of those done took in sum, `slowest` what
    the longest took.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="daily_store_figures")
    day = models.DateField()
    dataset = models.CharField(max_length=100)
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)
    milliseconds = models.PositiveBigIntegerField(default=0)
    slowest = models.PositiveBigIntegerField(default=0)
    rows = models.PositiveBigIntegerField(default=0)
    last_done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "day", "dataset"], name="store_figure_of_day_once")]

    def __str__(self) -> str:
        return f"{self.dataset} on {self.day}"


class FigureSpan(models.Model):
    """Which days a tenant's figures are kept of: every day from `first_day` to `last_day`, as days are in `zone`."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="figure_span")
    zone = models.CharField(max_length=50)
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="figures_begin_before_they_end", condition=models.Q(first_day__lte=models.F("last_day"))
            )
        ]

    def __str__(self) -> str:
        return f"figures from {self.first_day} to {self.last_day}"
