"""A worker's turn: take a step, do it, write what came of it, plan what is next."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from dsar.actions.correcting import steps as correcting
from dsar.actions.correcting.closing import close as close_correction
from dsar.actions.delivery.packing import finish_packing, pack
from dsar.actions.erasing import steps as erasing
from dsar.actions.erasing.closing import close as close_erasure
from dsar.actions.fulfilment.collecting import Found, read
from dsar.actions.fulfilment.finishing import fail, finish, finish_all
from dsar.actions.fulfilment.keeping import kept
from dsar.actions.fulfilment.leases import MOST_ATTEMPTS, Hold, LeaseLostError, claim, takeable
from dsar.actions.fulfilment.onward import let_wait, plan_idle
from dsar.actions.fulfilment.sharing import beside, read_many
from dsar.actions.previewing import give_back
from dsar.bundle.archive import BundleError
from dsar.bundle.article15 import ReportError
from dsar.datamap.problems import DataMapError
from dsar.fulfilment.correcting.correct import RowsChangedError
from dsar.fulfilment.erasing.erase import PlanChangedError
from dsar.models import RequestType, StepKind, StepState
from dsar.queue import wake_workers
from dsar.stores.base import StoreConfigError, StoreError
from dsar.tenantmap import tenant_map

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]
#: What is not walked and packed: the work of each kind of step, and what closes the request.
_WORK: Mapping[str, Mapping[StepKind, Callable[..., Found]]] = {
    RequestType.ERASURE: {
        StepKind.PREVIEW: erasing.preview,
        StepKind.ERASE: erasing.erase,
        StepKind.VERIFY: erasing.verify,
    },
    RequestType.RECTIFICATION: {
        StepKind.PREVIEW: correcting.preview,
        StepKind.CORRECT: correcting.correct,
        StepKind.VERIFY: correcting.verify,
    },
}
_CLOSE: Mapping[str, Callable[..., None]] = {
    RequestType.ERASURE: close_erasure,
    RequestType.RECTIFICATION: close_correction,
}
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
    for hold, one in _left_over(list(zip(holds, found, strict=True)), clock=clock):
        _run(hold, partial(_finish_or_raise, hold, one, clock=clock), clock=clock)


def _left_over(
    pairs: Sequence[tuple[Hold, Found | Exception]], *, clock: Clock
) -> Sequence[tuple[Hold, Found | Exception]]:
    """Finish together what was found; return what is left to finish one by one: failures, or all if that went wrong."""
    fine = [(hold, one) for hold, one in pairs if isinstance(one, Found)]
    try:
        finish_all(fine, clock=clock)
    except Exception as error:  # nothing was written; whose fault it is, and what then, each says for itself
        logger.warning("%s steps are finished one by one: %s", len(fine), type(error).__name__)
        return pairs
    return [(hold, one) for hold, one in pairs if isinstance(one, Exception)]


def _finish_or_raise(hold: Hold, found: Found | Exception, *, clock: Clock) -> None:
    if isinstance(found, Exception):
        raise found
    finish(hold, found, clock=clock)


def _do(hold: Hold, *, clock: Clock) -> None:
    kind = hold.step.subject_request.type
    if hold.step.kind == StepKind.PACK and kind in _CLOSE:
        _CLOSE[kind](hold, clock=clock)
    elif hold.step.kind == StepKind.PACK:
        finish_packing(hold, pack(hold, clock=clock), clock=clock)
    else:
        work = _WORK.get(kind, {}).get(StepKind(hold.step.kind), read)
        finish(hold, work(hold, clock=clock), clock=clock)


def sweep(*, clock: Clock) -> int:
    """Wake workers for every step that can be taken and plan on for requests that nobody is working at.

    Needs nothing but the database, so a broker that lost everything loses nothing. Returns the steps waiting.
    """
    plan_idle(clock=clock)
    waiting = takeable(now=clock()).count()
    wake_workers(waiting)
    return waiting


def _run(hold: Hold, work: Callable[[], None], *, clock: Clock) -> None:
    """Do a step's work; what goes wrong ends on the step. A lease that was lost is another's to write about."""
    try:
        _try(hold, work, clock=clock)
    except LeaseLostError:
        logger.warning("step %s: lease lost, its result is dropped", hold.step.pk)


def _try(hold: Hold, work: Callable[[], None], *, clock: Clock) -> None:
    if hold.step.attempts > MOST_ATTEMPTS:
        fail(hold, "every worker that took this step ended without a word", code="worker_lost", clock=clock)
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
    except (PlanChangedError, RowsChangedError) as error:
        logger.warning("step %s: what is to be changed is not what was approved", hold.step.pk)
        give_back(hold, str(error), now=clock())
    except StoreError as error:
        _retry_or_fail(hold, str(error), retry=error.retry, code="store", clock=clock)
    except ReportError as error:
        _wait_for_the_map(hold, str(error), clock=clock)
    except StoreConfigError as error:
        fail(hold, str(error), code="configuration", clock=clock)
    except BundleError as error:
        _retry_or_fail(hold, str(error), retry=True, code="bundle", clock=clock)
    except Exception as error:
        # Whatever else goes wrong must end on the step, where a reviewer sees it, and in the log without values.
        logger.exception("step %s failed", hold.step.pk)
        _retry_or_fail(hold, f"unexpected: {type(error).__name__}", retry=True, code="unexpected", clock=clock)


def _wait_for_the_map(hold: Hold, reason: str, *, clock: Clock) -> None:
    """Put the step back as if it had not been taken: the team mends the map, and the step goes on by itself."""
    let_wait(hold.step.subject_request, reason)
    hold.write(
        state=StepState.READY,
        lease_until=None,
        not_before=clock() + _MAP_WAIT,
        attempts=hold.step.attempts - 1,
        error=reason,
    )


def _retry_or_fail(hold: Hold, message: str, *, retry: bool, code: str, clock: Clock) -> None:
    if not retry or hold.step.attempts >= MOST_ATTEMPTS:
        fail(hold, message, code=code, clock=clock)
        return
    wait = _FIRST_WAIT * 2 ** (hold.step.attempts - 1)
    hold.write(state=StepState.READY, lease_until=None, not_before=clock() + wait, error=message)
