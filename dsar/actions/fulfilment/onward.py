"""Let requests go on: plan what is next, or say on the request why its work waits."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from dsar.actions.fulfilment.planning import advance
from dsar.datamap.problems import DataMapError
from dsar.models import Status, StepState, SubjectRequest
from dsar.stores.base import StoreConfigError

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]


def plan_idle(*, clock: Clock) -> int:
    """Plan on for requests that nobody is working at; return how many.

    One that cannot be planned waits, and says why.
    """
    idle = SubjectRequest.objects.filter(status=Status.FULFILLING).exclude(
        steps__state__in=[StepState.READY, StepState.RUNNING]
    )
    found = list(idle.order_by("due_at", "pk"))
    for subject_request in found:
        plan(subject_request, clock=clock)
    return len(found)


def plan(subject_request: SubjectRequest, *, clock: Clock) -> None:
    try:
        advance(subject_request, now=clock())
    except (DataMapError, StoreConfigError) as error:
        let_wait(subject_request, str(error))
    except Exception as error:
        # One request that cannot be planned must not hold up the others, nor stay unseen.
        logger.exception("request %s cannot be planned", subject_request.pk)
        let_wait(subject_request, f"unexpected: {type(error).__name__}")


def let_wait(subject_request: SubjectRequest, reason: str) -> None:
    """Say on the request why its work waits: the message names file and line, and the team sees it on the case."""
    logger.error("request %s waits: %s", subject_request.pk, reason)
    SubjectRequest.objects.filter(pk=subject_request.pk).exclude(waits_for=reason).update(waits_for=reason)
