"""Requests that wait for one store share its reading, and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.audit.verify import verify_tenant
from accounts.models import Tenant, User
from dsar import payloads
from dsar.actions import intake, review
from dsar.actions.fulfilment import running, sharing
from dsar.actions.fulfilment.leases import Hold, claim, claim_beside
from dsar.actions.fulfilment.rowfiles import RowFiles
from dsar.models import Gate, Policy, RequestType, Status, Step, StepKind, StepState, SubjectRequest
from dsar.stores.base import StoreError
from tests.dsar.conftest import StepClock, account, app_database

pytestmark = pytest.mark.thorough

PEOPLE = 8
#: Statements to our own database from filing to FULFILLED with four readings of stores; BEGIN and the like apart.
MOST_STATEMENTS = 65


@pytest.fixture
def filed(tenant: Tenant, clock: StepClock) -> list[SubjectRequest]:
    """Requests of several people that wait for the store at the same time, without a review."""
    Policy.objects.create(tenant=tenant, gates={RequestType.PORTABILITY: Gate.NONE})
    with sqlite3.connect(app_database(tenant)) as database:
        database.executemany(
            "insert into people values (?, ?, ?, 1, '')",
            [(100 + n, f"p{n}@example.com", f"CANARY-{n}-") for n in range(PEOPLE)],
        )
    database.close()
    return [file(tenant, account(f"p{n}@example.com"), clock) for n in range(PEOPLE)]


def file(tenant: Tenant, person: User, clock: StepClock) -> SubjectRequest:
    filing = intake.Filing(RequestType.PORTABILITY, person.email, f"t-{person.pk}")
    return intake.file_request(tenant=tenant, filing=filing, account=person, now=clock())


def take(clock: StepClock, kind: StepKind = StepKind.COLLECT) -> Hold:
    """Run steps until one of the kind at the app is in hand."""
    while True:
        hold = claim(now=clock())
        assert hold is not None
        if (hold.step.kind, hold.step.dataset) == (kind, "app"):
            return hold
        running._run_held(hold, clock=clock)


def work(clock: StepClock) -> None:
    while running.run_next(clock=clock):
        pass


@pytest.mark.thorough
def test_everybody_gets_their_own_rows_and_no_other(
    filed: list[SubjectRequest], tenant: Tenant, clock: StepClock
) -> None:
    work(clock)
    for number, subject_request in enumerate(filed):
        step = subject_request.steps.get(kind=StepKind.COLLECT, dataset="app", rows__gt=0)
        key = payloads.open_key(SubjectRequest.objects.get(pk=subject_request.pk).sealed_key)
        with RowFiles.of(step, key=key).blocks("people") as blocks:
            people = b"".join(blocks).decode()
        assert people.count("CANARY-") == 1
        assert f"CANARY-{number}-" in people
    assert set(SubjectRequest.objects.values_list("status", flat=True)) == {Status.FULFILLED}
    assert verify_tenant(tenant.slug).problem == ""


def test_those_who_wait_are_taken_together_and_the_first_due_first(
    filed: list[SubjectRequest], clock: StepClock
) -> None:
    hold = take(clock)
    assert hold.step.subject_request == filed[0]
    others = claim_beside(hold, most=3, leaves_half=False, now=clock())
    assert [item.step.subject_request for item in others] == filed[1:4]
    assert {(item.step.state, item.fence, item.step.attempts) for item in others} == {(StepState.RUNNING, 1, 1)}
    for item in others:
        item.renew(now=clock())


def test_other_workers_are_left_their_share(filed: list[SubjectRequest], clock: StepClock) -> None:
    hold = take(clock)
    ready = Step.objects.filter(state=StepState.READY, kind=StepKind.COLLECT, dataset="app").count()
    assert len(claim_beside(hold, most=100, leaves_half=True, now=clock())) == ready // 2


def test_no_more_wait_for_one_another_than_the_bound(
    filed: list[SubjectRequest], clock: StepClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "MOST_OF_A_LOOKUP", 3)
    hold = take(clock, StepKind.IDENTIFY)
    assert len(sharing.beside(hold, now=clock())) == 2


def test_what_failed_before_is_tried_alone(filed: list[SubjectRequest], clock: StepClock) -> None:
    hold = take(clock)
    Step.objects.filter(state=StepState.READY).update(attempts=1)
    assert sharing.beside(hold, now=clock()) == []
    Step.objects.filter(state=StepState.READY).update(attempts=0)
    hold.step.attempts = 2
    assert sharing.beside(hold, now=clock()) == []


def test_a_request_that_is_taken_back_or_taken_over_spoils_no_other(
    filed: list[SubjectRequest], clock: StepClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = take(clock)
    holds = [hold, *claim_beside(hold, most=3, leaves_half=False, now=clock())]
    person = filed[1].account
    assert person is not None

    def meanwhile(read: Callable[..., Any]) -> Callable[..., Any]:
        def reading(*arguments: Any, **named: Any) -> Any:
            found = read(*arguments, **named)
            review.withdraw(SubjectRequest.objects.get(pk=filed[1].pk), by=person, now=clock())
            Step.objects.filter(pk=holds[2].step.pk).update(fence=9)
            return found

        return reading

    monkeypatch.setattr(running, "read_many", meanwhile(sharing.read_many))
    running._run_many(holds, clock=clock)
    states = [Step.objects.get(pk=item.step.pk).state for item in holds]
    assert states == [StepState.DONE, StepState.CANCELLED, StepState.RUNNING, StepState.DONE]


def test_one_whose_key_is_gone_fails_alone(filed: list[SubjectRequest], clock: StepClock) -> None:
    hold = take(clock)
    holds = [hold, *claim_beside(hold, most=2, leaves_half=False, now=clock())]
    holds[1].step.subject_request.sealed_key = None
    running._run_many(holds, clock=clock)
    steps = [Step.objects.get(pk=item.step.pk) for item in holds]
    assert [step.state for step in steps] == [StepState.DONE, StepState.READY, StepState.DONE]
    assert "PayloadGoneError" in steps[1].error


def test_one_that_cannot_be_planned_on_waits_alone(filed: list[SubjectRequest], clock: StepClock) -> None:
    hold = take(clock, StepKind.IDENTIFY)
    holds = [hold, *claim_beside(hold, most=2, leaves_half=False, now=clock())]
    SubjectRequest.objects.filter(pk=holds[1].step.subject_request_id).update(sealed_key=None)
    running._run_many(holds, clock=clock)
    assert [Step.objects.get(pk=item.step.pk).state for item in holds] == [StepState.DONE] * 3
    waits = [SubjectRequest.objects.get(pk=item.step.subject_request_id).waits_for for item in holds]
    assert waits == ["", "unexpected: PayloadGoneError", ""]


def test_those_who_were_read_together_are_finished_together(filed: list[SubjectRequest], clock: StepClock) -> None:
    hold = take(clock, StepKind.IDENTIFY)
    holds = [hold, *claim_beside(hold, most=4, leaves_half=False, now=clock())]
    with CaptureQueriesContext(connection) as captured:
        running._run_many(holds, clock=clock)
    told = [query["sql"] for query in captured]
    for once in ('INSERT INTO "accounts_auditevent"', 'UPDATE "accounts_auditchain"', 'INSERT INTO "dsar_step"'):
        assert sum(once in statement for statement in told) == 1, once


def test_a_store_that_fails_fails_all_with_its_reason(
    filed: list[SubjectRequest], clock: StepClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = take(clock)
    holds = [hold, *claim_beside(hold, most=2, leaves_half=False, now=clock())]

    def away(*_arguments: Any, **_named: Any) -> Any:
        raise StoreError("the app does not answer", retry=True)

    monkeypatch.setattr(sharing, "walk_many", away)
    running._run_many(holds, clock=clock)
    found = {(step.state, step.error) for step in Step.objects.filter(pk__in=[item.step.pk for item in holds])}
    assert found == {(StepState.READY, "the app does not answer")}


def test_a_request_costs_few_statements(tenant: Tenant, filed: list[SubjectRequest], clock: StepClock) -> None:
    work(clock)
    people = [account(f"q{n}@example.com") for n in range(PEOPLE)]
    with CaptureQueriesContext(connection) as captured:
        for person in people:
            file(tenant, person, clock)
        running.run_turn(clock=clock, seconds=60)
    statements = [
        query["sql"] for query in captured if not query["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))
    ]
    assert SubjectRequest.objects.filter(status=Status.FULFILLED).count() == 2 * PEOPLE
    assert len(statements) / PEOPLE < MOST_STATEMENTS
