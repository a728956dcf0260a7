"""What is done to a request in a status that does not allow it is refused, and leaves not a row changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps

from accounts.models import Tenant, User
from dsar.actions import review, verification
from dsar.actions.delivery.releasing import ReleaseError, release
from dsar.models import RequestType, Status, StepKind, StepState, SubjectRequest
from dsar.models.choices import FINAL_STATUSES
from dsar.models.transitions import TRANSITIONS, ImpossibleMoveError, Move
from tests.dsar.conftest import make_tenant
from tests.dsar.test_the_way_of_a_request import file_access
from tests.dsar.views.conftest import mailed_code

VERIFICATION, REVIEW = Status.AWAITING_VERIFICATION, Status.AWAITING_REVIEW
FULFILLING, RELEASE, FULFILLED = Status.FULFILLING, Status.AWAITING_RELEASE, Status.FULFILLED
DENIED, WITHDRAWN = Status.DENIED, Status.WITHDRAWN
# The way of a request, written out a second time: from, by, to.
WAYS = {
    (VERIFICATION, "confirm", REVIEW),
    (VERIFICATION, "confirm", FULFILLING),
    (VERIFICATION, "lapse", DENIED),
    (VERIFICATION, "settle", FULFILLED),
    (REVIEW, "approve", FULFILLING),
    (REVIEW, "answer", FULFILLED),
    (REVIEW, "grant", FULFILLED),
    (FULFILLING, "finish", FULFILLED),
    (FULFILLING, "finish", RELEASE),
    (FULFILLING, "look_again", REVIEW),
    (RELEASE, "look_again", REVIEW),
    (RELEASE, "release", FULFILLED),
    (RELEASE, "rework", FULFILLING),
    *((status, "deny", DENIED) for status in (VERIFICATION, REVIEW, FULFILLING, RELEASE)),
    *((status, "withdraw", WITHDRAWN) for status in (VERIFICATION, REVIEW, FULFILLING, RELEASE)),
}

REFUSALS = (review.ReviewError, ReleaseError, ImpossibleMoveError, verification.CodeRefusedError)
ACTS: dict[str, Callable[[SubjectRequest, User, datetime], Any]] = {
    "confirm": lambda request, by, now: verification.confirm(request, code=mailed_code(), now=now),
    "lapse": lambda request, by, now: verification.lapse(now=now + timedelta(days=14)),
    "approve": lambda request, by, now: review.approve(request, by=by, now=now),
    "answer": lambda request, by, now: review.answer(request, text="Yes.", by=by, now=now),
    "release": lambda request, by, now: release(request, by=by, now=now),
    "rework": lambda request, by, now: review.retry(request, by=by, now=now),
    "look_again": lambda request, by, now: review.look_again(request, by=by, now=now),
    "deny": lambda request, by, now: review.deny(request, reason="other", explanation="No.", by=by, now=now),
    "withdraw": lambda request, by, now: review.withdraw(request, by=by, now=now),
}


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    """The tenant in a transaction that is rolled back: no store is read here."""
    yield from make_tenant()


def test_the_table_is_the_one_that_was_agreed() -> None:
    assert {(come_from, str(by), to) for (come_from, by), ends in TRANSITIONS.items() for to in ends} == WAYS
    assert {str(by) for by in Move} == {by for _, by, _ in WAYS}


def everything() -> dict[str, list[dict[str, Any]]]:
    models = [*apps.get_app_config("dsar").get_models(), *apps.get_app_config("accounts").get_models()]
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}


def put_into(request: SubjectRequest, status: Status, now: datetime) -> SubjectRequest:
    """Put the request into a status with all that an act could want there: steps that failed and a bundle."""
    ended = {"closed_at": now, "denial_reason": "other"} if status in FINAL_STATUSES else {}
    SubjectRequest.objects.filter(pk=request.pk).update(status=status, **ended)
    for dataset in ("app", "shop"):
        state = {"stage": 1, "state": StepState.FAILED, "not_before": now, "error": "gone"}
        request.steps.create(kind=StepKind.COLLECT, dataset=dataset, **state)
    return SubjectRequest.objects.get(pk=request.pk)


ABSENT = sorted((status, act) for status in Status for act in ACTS if not {way[:2] for way in WAYS} & {(status, act)})


@pytest.mark.thorough
@pytest.mark.parametrize(("status", "act"), ABSENT)
def test_what_is_not_in_it_changes_nothing(
    tenant: Tenant, reviewer: User, now: datetime, status: Status, act: str
) -> None:
    kind = RequestType.ENQUIRY if act == "answer" else RequestType.ACCESS
    request = put_into(file_access(tenant, None, now, kind), status, now)
    before = everything()
    if act == "lapse":
        ACTS[act](request, reviewer, now)  # it looks for its own
    else:
        with pytest.raises(REFUSALS):
            ACTS[act](request, reviewer, now)
    assert everything() == before


@pytest.mark.parametrize("status", sorted(FINAL_STATUSES))
def test_a_closed_request_takes_no_exception(tenant: Tenant, reviewer: User, now: datetime, status: Status) -> None:
    request = put_into(file_access(tenant, None, now), status, now)
    before = everything()
    for dataset in ("app", "shop"):
        with suppress(*REFUSALS):
            review.record_exception(request, dataset=dataset, reason="Rebuilt.", by=reviewer, now=now)
    assert everything() == before
