"""Who may work on a step: a lease with a fencing number, taken and kept by conditional updates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from dsar.models import Status, Step, StepKind, StepState

#: How often a step is tried; also what a step gets that kills its worker each time.
MOST_ATTEMPTS = 5
_CANDIDATES = 3
#: What a step is worked on for, brought with it: the request, its tenant and the tenant's policy.
_WHOSE = "subject_request__tenant__policy"
#: Progress is written at most so often; it keeps the lease too.
HEARTBEAT = timedelta(seconds=1)


def lease() -> timedelta:
    """Return how long a worker may say nothing before it has lost its step to the next."""
    return timedelta(seconds=settings.STEP_LEASE_SECONDS)


class LeaseLostError(Exception):
    """Another worker holds the step by now; what this one did must not be written."""


@dataclass(frozen=True)
class Hold:
    """A step in the hands of this worker; `more` tells that other steps were ready beside it."""

    step: Step
    fence: int
    more: bool = False

    def renew(self, *, now: datetime, **changes: Any) -> None:
        """Keep the lease and write progress. Raises LeaseLostError."""
        self.write(lease_until=now + lease(), **changes)

    def write(self, **changes: Any) -> None:
        """Write to the step if it is still ours. Raises LeaseLostError."""
        held = Step.objects.filter(pk=self.step.pk, fence=self.fence, state=StepState.RUNNING)
        if held.update(**changes) != 1:
            raise LeaseLostError(f"step {self.step.pk} was taken over after fence {self.fence}")


class Heartbeat:
    """Keeps the lease and writes progress, at most once in HEARTBEAT."""

    def __init__(self, hold: Hold, clock: Callable[[], datetime]) -> None:
        self._hold, self._clock, self._last = hold, clock, clock()

    def __call__(self, **progress: Any) -> None:
        """Raises LeaseLostError."""
        now = self._clock()
        if now - self._last >= HEARTBEAT:
            self._last = now
            self._hold.renew(now=now, **progress)


def takeable(*, now: datetime) -> QuerySet[Step]:
    """Return the steps a worker may take: ready and due, or left behind by a worker that is gone."""
    ready = Q(state=StepState.READY, not_before__lte=now)
    orphaned = Q(state=StepState.RUNNING, lease_until__lt=now)
    # What is looked at before it is approved changes nothing.
    at_work = Q(subject_request__status=Status.FULFILLING) | Q(
        subject_request__status=Status.AWAITING_REVIEW, kind=StepKind.PREVIEW
    )
    return Step.objects.filter(ready | orphaned, at_work)


def claim(*, now: datetime) -> Hold | None:
    """Take the step whose request is due first; None if there is nothing to take."""
    ready = takeable(now=now).select_related(_WHOSE).order_by("subject_request__due_at", "pk")
    while candidates := list(ready[:_CANDIDATES]):
        for step in candidates:
            if _take(step, now=now):
                return Hold(step, step.fence, more=len(candidates) > 1)
    return None


def claim_beside(hold: Hold, *, most: int, leaves_half: bool, now: datetime) -> list[Hold]:
    """Take up to `most` more fresh steps of the same work at the same store of the tenant, what is due first first.

    With `leaves_half` half of those that are ready are left to others.
    """
    step = hold.step
    alike = Step.objects.filter(
        subject_request__status=Status.FULFILLING,
        subject_request__tenant=step.subject_request.tenant_id,
        kind=step.kind,
        dataset=step.dataset,
        state=StepState.READY,
        attempts=0,
        not_before__lte=now,
    )
    ready = alike.select_related(_WHOSE).order_by("subject_request__due_at", "pk")
    with transaction.atomic():
        # SQLite, which ignores this, lets one transaction write at a time.
        found = list(ready.select_for_update(of=("self",), skip_locked=True)[: 2 * most if leaves_half else most])
        found = found[: len(found) // 2] if leaves_half else found
        changes = _taking(now=now)
        if found:
            Step.objects.filter(pk__in=[item.pk for item in found]).update(fence=F("fence") + 1, attempts=1, **changes)
    for item in found:
        _set(item, changes | {"fence": item.fence + 1, "attempts": 1})
    return [Hold(item, item.fence) for item in found]


def _take(step: Step, *, now: datetime) -> bool:
    """Take the step unless somebody has moved it; the instance then is as its row."""
    changes = _taking(now=now) | {"fence": step.fence + 1, "attempts": step.attempts + 1}
    # Whoever takes a step raises its fence, and nobody else changes its attempts while it is in this state.
    if Step.objects.filter(pk=step.pk, state=step.state, fence=step.fence).update(**changes) != 1:
        return False
    _set(step, changes)
    return True


def _taking(*, now: datetime) -> dict[str, Any]:
    """Return the columns of a step that was just taken, but for its fence and attempts."""
    return {
        "state": StepState.RUNNING,
        "lease_until": now + lease(),
        "started_at": now,
        "finished_at": None,
        "error": "",
        "rows": 0,
        "report": {},
    }


def _set(step: Step, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        setattr(step, name, value)


def free_all(*, now: datetime) -> int:
    """Let running steps be taken at once; return how many. For a start before which every worker has ended."""
    return Step.objects.filter(state=StepState.RUNNING, lease_until__gt=now).update(lease_until=now)
