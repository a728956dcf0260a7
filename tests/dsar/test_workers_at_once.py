"""Several workers, reviewers and sweeps at the same rows: each thing is done once, and nobody waits for ever."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.audit.verify import verify_tenant
from accounts.models import AuditEvent, Tenant, User
from dsar.actions import expiry, intake
from dsar.actions.delivery.releasing import release
from dsar.actions.fulfilment.running import run_next, sweep
from dsar.models import Bundle, RequestType, Status, Step, StepKind, StepState, SubjectRequest
from dsar.models.transitions import ImpossibleMoveError
from tests.dsar.conftest import account

WORKERS = 4


def at_once(works: Sequence[Callable[[], object]]) -> None:
    """Do the works in threads, each with its own connection; raise what they raised."""
    failures: list[Exception] = []

    def do(work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # it would end the thread alone
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise ExceptionGroup("in threads", failures)


def file_both(tenant: Tenant, person: User) -> None:
    for kind in (RequestType.PORTABILITY, RequestType.ACCESS):
        filing = intake.Filing(kind, person.email, f"{person.pk}-{kind}")
        intake.file_request(tenant=tenant, filing=filing, account=person, now=timezone.now())


def work() -> None:
    """Take steps until no request is being fulfilled any more."""
    while SubjectRequest.objects.filter(status=Status.FULFILLING).exists():
        run_next(clock=timezone.now)
        sweep(clock=timezone.now)


def release_all(reviewer: User) -> None:
    for subject_request in SubjectRequest.objects.filter(status=Status.AWAITING_RELEASE):
        with suppress(ImpossibleMoveError):  # the other reviewer was first
            release(subject_request, by=reviewer, now=timezone.now())


@pytest.mark.slow
def test_everything_happens_once(tenant: Tenant, reviewer: User, caplog: pytest.LogCaptureFixture) -> None:
    people = [account(f"{name}@example.com") for name in ("ann", "bob", "cleo", "dan")]
    at_once([lambda person=person: file_both(tenant, person) for person in people])  # type: ignore[misc]
    at_once([work] * WORKERS)
    at_once([lambda: release_all(reviewer)] * 2)
    at_once([lambda: expiry.purge(now=timezone.now() + timedelta(days=8))] * 2)

    requests = SubjectRequest.objects.all()
    assert Counter(requests.values_list("status", flat=True)) == {Status.FULFILLED: 2 * len(people)}
    assert Step.objects.exclude(state=StepState.DONE, attempts=1).count() == 0
    assert Step.objects.filter(kind=StepKind.PACK).count() == Bundle.objects.count() == len(requests)
    verbs = Counter(AuditEvent.objects.values_list("verb", flat=True))
    for verb in ("request.filed", "bundle.packed", "bundle.released", "bundle.purged", "payload.purged"):
        assert verbs[verb] == len(requests), verb
    assert verify_tenant(tenant.slug).problem == ""
    assert "failed" not in caplog.text
