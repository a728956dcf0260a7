"""A worker's turn: take a step, do it, write what came of it, plan what is next."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from accounts.audit import together
from dsar.actions.delivery.packing import finish_packing, pack
from dsar.actions.fulfilment.collecting import Found, read
from dsar.actions.fulfilment.keeping import kept
from dsar.actions.fulfilment.leases import MOST_ATTEMPTS, Hold, LeaseLostError, claim, takeable
from dsar.actions.fulfilment.planning import advance
from dsar.actions.fulfilment.sharing import beside, read_many
from dsar.actions.trail import note
from dsar.bundle.archive import BundleError
from dsar.bundle.article15 import ReportError
from dsar.datamap.problems import DataMapError
from dsar.models import Identity, Status, Step, StepKind, StepState, SubjectRequest
from dsar.queue import wake_workers
from dsar.stores.base import StoreConfigError, StoreError
from dsar.tenantmap import tenant_map

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]
_FIRST_WAIT = timedelta(seconds=5)
#: How often a step looks whether its data map has been mended.
_MAP_WAIT = timedelta(seconds=15)
#: So long does a worker take step after step before other tasks, such as sending mail, get their turn.
TURN_SECONDS = 1.0


def run_turn(*, clock: Clock, seconds: float = TURN_SECONDS) -> None:
    """Run steps one after the other until none is left, or, so that other tasks get their turn, for some seconds.

    A worker that finds more steps than it can take wakes one other, and does so once: that one does the same.
    """
    ends, wakes = time.monotonic() + seconds, False
    while hold := _claim(clock=clock):
        if hold.more and not wakes:
            wakes = True
            wake_workers()
        _run_held(hold, clock=clock)
        if time.monotonic() > ends:
            wake_workers()
            return


def run_next(*, clock: Clock) -> bool:
    """Run one step, if any can be taken; return whether one was. A failure is written to the step, never lost."""
    hold = _claim(clock=clock)
    if hold is None:
        return False
    _run_held(hold, clock=clock)
    if takeable(now=clock()).exists():
        wake_workers()
    return True


def _claim(*, clock: Clock) -> Hold | None:
    """Take a step; if none is ready, plan on for requests that nobody is working at, and look again."""
    hold = claim(now=clock())
    return claim(now=clock()) if hold is None and plan_idle(clock=clock) else hold


def _run_held(hold: Hold, *, clock: Clock) -> None:
    """Run a step, and with it those that can share its reading."""
    holds = [hold, *beside(hold, now=clock())]
    with kept(holds, clock=clock):
        if len(holds) == 1:
            _run(hold, lambda: _do(hold, clock=clock), clock=clock)
        else:
            _run_many(holds, clock=clock)


def _run_many(holds: Sequence[Hold], *, clock: Clock) -> None:
    found: Sequence[Found | Exception]
    try:
        found = read_many(holds, clock=clock)
    except Exception as error:  # each step says so for itself
        found = [error] * len(holds)
    for hold, one in zip(holds, found, strict=True):
        _run(hold, partial(_finish_or_raise, hold, one, clock=clock), clock=clock)


def _finish_or_raise(hold: Hold, found: Found | Exception, *, clock: Clock) -> None:
    if isinstance(found, Exception):
        raise found
    _finish(hold, found, clock=clock)


def _do(hold: Hold, *, clock: Clock) -> None:
    if hold.step.kind == StepKind.PACK:
        finish_packing(hold, pack(hold, clock=clock), clock=clock)
    else:
        _finish(hold, read(hold, clock=clock), clock=clock)


def sweep(*, clock: Clock) -> int:
    """Wake workers for every step that can be taken and plan on for requests that nobody is working at.

    Needs nothing but the database, so a broker that lost everything loses nothing. Returns the steps waiting.
    """
    plan_idle(clock=clock)
    waiting = takeable(now=clock()).count()
    wake_workers(waiting)
    return waiting


def plan_idle(*, clock: Clock) -> int:
    """Plan on for requests that nobody is working at; return how many.

    One that cannot be planned waits, and says why.
    """
    idle = SubjectRequest.objects.filter(status=Status.FULFILLING).exclude(
        steps__state__in=[StepState.READY, StepState.RUNNING]
    )
    found = list(idle.order_by("due_at", "pk"))
    for subject_request in found:
        _plan(subject_request, clock=clock)
    return len(found)


def _plan(subject_request: SubjectRequest, *, clock: Clock) -> None:
    try:
        advance(subject_request, now=clock())
    except (DataMapError, StoreConfigError) as error:
        _let_wait(subject_request, str(error))
    except Exception as error:
        # One request that cannot be planned must not hold up the others, nor stay unseen.
        logger.exception("request %s cannot be planned", subject_request.pk)
        _let_wait(subject_request, f"unexpected: {type(error).__name__}")


def _let_wait(subject_request: SubjectRequest, reason: str) -> None:
    """Say on the request why its work waits: the message names file and line, and the team sees it on the case."""
    logger.error("request %s waits: %s", subject_request.pk, reason)
    SubjectRequest.objects.filter(pk=subject_request.pk).exclude(waits_for=reason).update(waits_for=reason)


def _run(hold: Hold, work: Callable[[], None], *, clock: Clock) -> None:
    """Do a step's work; what goes wrong ends on the step. A lease that was lost is another's to write about."""
    try:
        _try(hold, work, clock=clock)
    except LeaseLostError:
        logger.warning("step %s: lease lost, its result is dropped", hold.step.pk)


def _try(hold: Hold, work: Callable[[], None], *, clock: Clock) -> None:
    if hold.step.attempts > MOST_ATTEMPTS:
        _fail(hold, "every worker that took this step ended without a word", code="worker_lost", clock=clock)
        return
    try:
        tenant_map(hold.step.subject_request.tenant)
    except (DataMapError, StoreConfigError) as error:
        _wait_for_the_map(hold, str(error), clock=clock)
        return
    try:
        work()
    except LeaseLostError:
        raise
    except StoreError as error:
        _retry_or_fail(hold, str(error), retry=error.retry, code="store", clock=clock)
    except ReportError as error:
        _wait_for_the_map(hold, str(error), clock=clock)
    except StoreConfigError as error:
        _fail(hold, str(error), code="configuration", clock=clock)
    except BundleError as error:
        _retry_or_fail(hold, str(error), retry=True, code="bundle", clock=clock)
    except Exception as error:
        # Whatever else goes wrong must end on the step, where a reviewer sees it, and in the log without values.
        logger.exception("step %s failed", hold.step.pk)
        _retry_or_fail(hold, f"unexpected: {type(error).__name__}", retry=True, code="unexpected", clock=clock)


def _wait_for_the_map(hold: Hold, reason: str, *, clock: Clock) -> None:
    """Put the step back as if it had not been taken: the team mends the map, and the step goes on by itself."""
    _let_wait(hold.step.subject_request, reason)
    hold.write(
        state=StepState.READY,
        lease_until=None,
        not_before=clock() + _MAP_WAIT,
        attempts=hold.step.attempts - 1,
        error=reason,
    )


def _finish(hold: Hold, found: Found, *, clock: Clock) -> None:
    step, now = hold.step, clock()
    with transaction.atomic(), together():
        hold.write(state=StepState.DONE, finished_at=now, lease_until=None, **found.changes)
        if found.anew:
            _supersede(step)
        _add_identities(step.subject_request, found, now=now)
        report = found.changes["report"]
        withheld = sum(counts["withheld"] for counts in report.get("collections", {}).values())
        note(
            step.subject_request,
            "step.done",
            by=None,
            at=now,
            kind=step.kind,
            dataset=step.dataset,
            stage=step.stage,
            rows=found.changes.get("rows", 0),
            withheld=withheld,
            fence=hold.fence,
        )
        _plan(step.subject_request, clock=clock)


def _supersede(step: Step) -> None:
    """Let earlier steps of the store deliver nothing: this one has read it from the start."""
    earlier = step.subject_request.steps.filter(kind=step.kind, dataset=step.dataset, state=StepState.DONE)
    earlier.exclude(pk=step.pk).update(
        rows=0, report={"collections": {}, "sizes": {}, "undeclared": [], "by_elements": []}
    )


def _add_identities(subject_request: SubjectRequest, found: Found, *, now: datetime) -> None:
    """Write what was found, then the events: with the audit chain in hand nobody may wait for another's rows."""
    for kind, value, where in sorted(found.proven):
        Identity.objects.update_or_create(
            subject_request=subject_request,
            kind=kind,
            value=value,
            defaults={"proven_by": f"found in {where}, in a row of a proven identity", "proven_at": now},
        )
    for kind, value, where in sorted(found.unproven - found.proven):
        Identity.objects.get_or_create(
            subject_request=subject_request, kind=kind, value=value, defaults={"proven_by": f"only found in {where}"}
        )
    for kind, _, _ in sorted(found.proven):
        note(subject_request, "request.identity_found", by=None, at=now, kind=kind, proven=True)


def _retry_or_fail(hold: Hold, message: str, *, retry: bool, code: str, clock: Clock) -> None:
    if not retry or hold.step.attempts >= MOST_ATTEMPTS:
        _fail(hold, message, code=code, clock=clock)
        return
    wait = _FIRST_WAIT * 2 ** (hold.step.attempts - 1)
    hold.write(state=StepState.READY, lease_until=None, not_before=clock() + wait, error=message)


def _fail(hold: Hold, message: str, *, code: str, clock: Clock) -> None:
    step, now = hold.step, clock()
    with transaction.atomic(), together():
        # A failure without a reason could not be decided on.
        hold.write(state=StepState.FAILED, finished_at=now, lease_until=None, error=message.strip() or code)
        note(
            step.subject_request,
            "step.failed",
            by=None,
            at=now,
            kind=step.kind,
            dataset=step.dataset or "bundle",
            stage=step.stage,
            attempts=step.attempts,
            code=code,
        )
        _plan(step.subject_request, clock=clock)
