"""Who may work on a step: a lease with a fencing number, taken and kept by conditional updates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet

from dsar.models import Status, Step, StepState

#: How often a step is tried; also what a step gets that kills its worker each time.
MOST_ATTEMPTS = 5
_CANDIDATES = 10


def lease() -> timedelta:
    """Return how long a worker may say nothing before it has lost its step to the next."""
    return timedelta(seconds=settings.STEP_LEASE_SECONDS)


class LeaseLostError(Exception):
    """Another worker holds the step by now; what this one did must not be written."""


@dataclass(frozen=True)
class Hold:
    """A step in the hands of this worker."""

    step: Step
    fence: int

    def renew(self, *, now: datetime, **changes: Any) -> None:
        """Keep the lease and write progress. Raises LeaseLostError."""
        self.write(lease_until=now + lease(), **changes)

    def write(self, **changes: Any) -> None:
        """Write to the step if it is still ours. Raises LeaseLostError."""
        held = Step.objects.filter(pk=self.step.pk, fence=self.fence, state=StepState.RUNNING)
        if held.update(**changes) != 1:
            raise LeaseLostError(f"step {self.step.pk} was taken over after fence {self.fence}")


def takeable(*, now: datetime) -> QuerySet[Step]:
    """Return the steps a worker may take: ready and due, or left behind by a worker that is gone."""
    ready = Q(state=StepState.READY, not_before__lte=now)
    orphaned = Q(state=StepState.RUNNING, lease_until__lt=now)
    return Step.objects.filter(ready | orphaned, subject_request__status=Status.FULFILLING)


def claim(*, now: datetime) -> Hold | None:
    """Take the step whose request is due first; None if there is nothing to take."""
    candidates = takeable(now=now).order_by("subject_request__due_at", "pk")[:_CANDIDATES]
    for step in candidates:
        taken = Step.objects.filter(pk=step.pk, state=step.state, fence=step.fence).update(
            state=StepState.RUNNING,
            fence=F("fence") + 1,
            attempts=F("attempts") + 1,
            lease_until=now + lease(),
            started_at=now,
            finished_at=None,
            error="",
            rows=0,
            report={},
        )
        if taken == 1:
            step = Step.objects.select_related("subject_request__tenant").get(pk=step.pk)
            return Hold(step, step.fence)
    return None


def free_all(*, now: datetime) -> int:
    """Let running steps be taken at once; return how many. For a start before which every worker has ended."""
    return Step.objects.filter(state=StepState.RUNNING, lease_until__gt=now).update(lease_until=now)
