"""Who works on a step: one of many, the one due first, and nobody whose fence is old."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as site
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditEvent, Tenant, User
from dsar.actions import intake, review
from dsar.actions.fulfilment import collecting, finishing, running
from dsar.actions.fulfilment.leases import Hold, LeaseLostError, claim, lease
from dsar.actions.fulfilment.running import run_next, sweep
from dsar.models import Identity, RequestType, Status, Step, StepState, SubjectRequest
from tests.dsar.conftest import MAP, StepClock, account
from tests.dsar.test_the_way_of_a_request import file_access
from tests.dsar.test_workers_at_once import at_once
from tests.stores.http_server import Asked, Reply, Service
from tests.stores.http_server import running as serving

SLOW_MAP = """
dataset:
- fides_key: app
  collections:
  - name: notes
    meta: {retention: {kind: account}, source: {path: "/notes", query: {email: "{email}"}}}
    fields:
    - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
    - {name: text, data_categories: [user.content]}
""" + MAP[MAP.index("system:") :]


class Gate:
    """A resource that answers only once the gate is open, and then takes its `seconds`; `reached` when it is asked."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()
        self.seconds = 0.0

    def __call__(self, asked: Asked) -> Reply:
        self.reached.set()
        self.opened.wait(30)
        time.sleep(self.seconds)
        return Reply([{"email": asked.query["email"], "text": "a note"}])


@contextmanager
def slow_store(tenant: Tenant, **options: float) -> Iterator[Gate]:
    """Put the tenant's data behind an HTTP service that does not answer before the gate is opened."""
    folder, gate = Path(site.TENANTS_DIR) / tenant.slug, Gate()
    with serving(Service({"notes": gate})) as service:
        (folder / "datamap" / "app.yml").write_text(SLOW_MAP, encoding="utf-8")
        more = "".join(f"  {name}: {value}\n" for name, value in options.items())
        (folder / "stores.yml").write_text(f"app:\n  url: {service.url}\n{more}", encoding="utf-8")
        try:
            yield gate
        finally:
            gate.opened.set()


def taken(clock: StepClock) -> Hold:
    hold = claim(now=clock())
    assert hold is not None
    return hold


def test_the_request_that_is_due_first_is_taken_first(tenant: Tenant, clock: StepClock) -> None:
    requests = []
    for name in ("ann", "bob", "cleo"):
        person = account(f"{name}@example.com")
        filing = intake.Filing(RequestType.ACCESS, person.email, name)
        requests.append(intake.file_request(tenant=tenant, filing=filing, account=person, now=clock()))
    for hours, subject_request in zip((30, 10, 20), requests, strict=True):
        SubjectRequest.objects.filter(pk=subject_request.pk).update(due_at=clock() + timedelta(hours=hours))
    sweep(clock=clock)
    order = []
    while hold := claim(now=clock()):
        if hold.step.subject_request_id not in order:
            order.append(hold.step.subject_request_id)
    assert order == [requests[1].pk, requests[2].pk, requests[0].pk]


def test_of_many_workers_one_gets_the_step(tenant: Tenant, subject: User, clock: StepClock) -> None:
    file_access(tenant, subject, clock())
    sweep(clock=clock)
    Step.objects.exclude(dataset="app").delete()
    now, start, won = clock(), threading.Barrier(6), []

    def race() -> None:
        start.wait(10)
        if (hold := claim(now=now)) is not None:
            won.append(hold)

    at_once([race] * 6)
    step = Step.objects.get()
    assert [(hold.step.pk, hold.fence) for hold in won] == [(step.pk, 1)]
    assert (step.attempts, step.fence, step.state) == (1, 1, StepState.RUNNING)


def test_what_an_old_fence_brings_home_is_not_written(tenant: Tenant, subject: User, clock: StepClock) -> None:
    subject_request = file_access(tenant, subject, clock())
    sweep(clock=clock)
    old = taken(clock)
    found = collecting.read(old, clock=clock)
    assert found.proven, "it did find an identity"
    clock.now += lease()
    new = taken(clock)
    assert new.step.pk == old.step.pk
    before = list(Step.objects.values()), Identity.objects.count(), AuditEvent.objects.count()
    with pytest.raises(LeaseLostError):
        finishing.finish(old, found, clock=clock)
    with pytest.raises(LeaseLostError):
        running._retry_or_fail(old, "it failed", retry=False, code="store", clock=clock)
    assert (list(Step.objects.values()), Identity.objects.count(), AuditEvent.objects.count()) == before
    finishing.finish(new, collecting.read(new, clock=clock), clock=clock)
    assert subject_request.identities.filter(value="ann.old@example.com").count() == 1


def test_a_request_that_was_closed_meanwhile_takes_its_steps_from_the_workers(
    tenant: Tenant, subject: User, clock: StepClock
) -> None:
    subject_request = file_access(tenant, subject, clock())
    sweep(clock=clock)
    hold = taken(clock)
    review.withdraw(subject_request, by=subject, now=clock())
    with pytest.raises(LeaseLostError):
        finishing.finish(hold, collecting.read(hold, clock=clock), clock=clock)
    assert subject_request.status == Status.WITHDRAWN
    assert claim(now=clock() + 10 * lease()) is None


@pytest.mark.thorough
def test_a_living_worker_keeps_its_step_however_slow_the_store_is(
    tenant: Tenant, subject: User, settings: Settings
) -> None:
    settings.STEP_LEASE_SECONDS = 0.6
    with slow_store(tenant) as gate:
        subject_request = file_access(tenant, subject, timezone.now())

        def look_on() -> None:
            assert gate.reached.wait(20)
            end = timezone.now() + 3 * lease()
            while timezone.now() < end:
                stolen = claim(now=timezone.now())
                assert stolen is None or stolen.step.dataset != "app"
            gate.opened.set()

        def work() -> None:
            while not subject_request.steps.filter(dataset="app", state=StepState.DONE).exists():
                run_next(clock=timezone.now)

        at_once([work, look_on])
    step = subject_request.steps.get(dataset="app")
    assert (step.attempts, step.fence, step.rows) == (1, 1, 1)


def test_a_step_that_kills_every_worker_is_given_up_with_a_reason(
    tenant: Tenant, subject: User, clock: StepClock
) -> None:
    file_access(tenant, subject, clock())
    sweep(clock=clock)
    Step.objects.exclude(dataset="app").delete()
    for _ in range(5):
        taken(clock)
        clock.now += 2 * lease()
    assert run_next(clock=clock)
    step = Step.objects.get(dataset="app", state=StepState.FAILED)
    assert step.error == "every worker that took this step ended without a word"
