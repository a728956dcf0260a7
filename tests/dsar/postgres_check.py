"""Run by tests/accounts/test_postgres in a process of its own on PostgreSQL: asserts, and prints "ok"."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from sqlalchemy import text

from dsar.actions import intake
from dsar.actions.fulfilment.leases import claim
from dsar.actions.fulfilment.planning import advance
from dsar.actions.trail import note
from dsar.models import Bundle, ClockPause, RequestType, Step, StepState, SubjectRequest
from dsar.stores.sql.engines import dispose, get_engine
from dsar.tenantmap import own_store_url
from tests.dsar.conftest import account, make_tenant
from tools.processes import wait_until

PEOPLE, PLANNERS = 6, 3


def at_once(work: Callable[[], object], count: int) -> None:
    failures: list[Exception] = []

    def do() -> None:
        try:
            work()
        except Exception as error:  # a deadlock, for one, would end the thread alone
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=do) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


def refused(write: Callable[[], object]) -> bool:
    try:
        with transaction.atomic():
            write()
    except IntegrityError:
        return True
    return False


def nobody_waits_in_a_circle(subject_request: SubjectRequest) -> None:
    """A planner waits for the audit chain; who holds that checks its references to the same rows at its commit."""

    def somebody_waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            return bool(cursor.fetchone()[0])

    subject_request.steps.all().delete()
    with ThreadPoolExecutor(1) as planner:
        with transaction.atomic():
            note(subject_request, "request.opened", by=None, at=timezone.now())
            planning = planner.submit(advance, subject_request, now=timezone.now())
            wait_until(somebody_waits, seconds=10, what="the planner")
        planning.result()
        planner.submit(connection.close)


def planned_once() -> None:
    """However many plan, no step is planned twice."""

    def plan() -> None:
        for subject_request in SubjectRequest.objects.all():
            advance(subject_request, now=timezone.now())

    Step.objects.all().delete()
    at_once(plan, PLANNERS)
    steps = Step.objects.values_list("subject_request", "kind", "dataset", "stage")
    assert len(steps) == len(set(steps)) == PEOPLE, list(steps)


def claimed_once() -> None:
    claimed: list[int] = []

    def take() -> None:
        while hold := claim(now=timezone.now()):
            claimed.append(hold.step.pk)

    at_once(take, PLANNERS)
    assert len(claimed) == len(set(claimed)) == PEOPLE, claimed
    assert set(Step.objects.values_list("state", "fence", "attempts")) == {(StepState.RUNNING, 1, 1)}


def constraints_hold(subject_request: SubjectRequest) -> None:
    now = timezone.now()
    bundle = {"subject_request": subject_request, "bytes": 1, "sha256": "0", "made_at": now}
    assert refused(lambda: Bundle.objects.create(path="a", sealed_key=b"key", purged_at=now, **bundle))
    ClockPause.objects.create(subject_request=subject_request, reason="x", started_at=now)
    assert refused(lambda: ClockPause.objects.create(subject_request=subject_request, reason="y", started_at=now))
    step = Step.objects.filter(subject_request=subject_request).values("kind", "dataset", "stage")[0]
    assert refused(lambda: Step.objects.create(subject_request=subject_request, not_before=now, **step))


def the_portal_finds_itself() -> None:
    """As a store of its own data map, in the schema that DATABASE_URL names."""
    engine = get_engine(own_store_url(), {})
    with engine.connect() as reading:
        assert reading.execute(text("SELECT count(*) FROM dsar_subjectrequest")).scalar() == PEOPLE
    dispose(engine)


def main() -> None:
    for tenant in make_tenant():
        for number in range(PEOPLE):
            person = account(f"p{number}@example.com")
            filing = intake.Filing(RequestType.ACCESS, person.email, str(number))
            now = timezone.now() - timedelta(minutes=1)
            intake.file_request(tenant=tenant, filing=filing, account=person, now=now)
        first = SubjectRequest.objects.order_by("pk")[0]
        nobody_waits_in_a_circle(first)
        planned_once()
        claimed_once()
        constraints_hold(first)
        the_portal_finds_itself()
    print("ok")  # noqa: T201  # what the test waits for


main()
