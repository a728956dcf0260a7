"""Workers that are killed, stopped and raced, and a broker that forgets: the rows decide, and nothing is done twice."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.audit.verify import verify_tenant
from accounts.models import AuditEvent, OutgoingEmail, Tenant, User
from dsar.actions import intake
from dsar.models import Bundle, RequestType, Status, Step, StepKind, StepState, SubjectRequest
from tests.dsar.conftest import StepClock, account
from tests.dsar.fleet import Fleet, running_fleet
from tests.dsar.test_leases import SLOW_MAP, slow_store
from tests.dsar.test_the_way_of_a_request import file_access, rows, unpack
from tests.dsar.test_workers_at_once import file_both
from tests.servers import deaf_port
from tools.processes import wait_until

SECONDS = 40


@pytest.fixture
def fleet(redis_url: str, tmp_path: Path) -> Iterator[Fleet]:
    with running_fleet(redis_url, tmp_path) as fleet:
        yield fleet


def wait_for(condition: Callable[[], bool], what: str, fleet: Fleet) -> None:
    try:
        wait_until(condition, seconds=SECONDS, what=what)
    except TimeoutError as error:
        error.add_note(fleet.output())
        error.add_note(str(list(Step.objects.values("kind", "dataset", "state", "attempts", "error"))))
        raise


def is_done(subject_request: SubjectRequest) -> bool:
    return SubjectRequest.objects.filter(pk=subject_request.pk, status=Status.FULFILLED).exists()


def settle(subject_request: SubjectRequest, fleet: Fleet) -> None:
    """Wait until the request is fulfilled and all that is to be mailed has left."""
    wait_for(lambda: is_done(subject_request), "the request", fleet)
    wait_for(lambda: not OutgoingEmail.objects.filter(sent_at=None).exists(), "the mail", fleet)


def assert_exact(subject_request: SubjectRequest, subject: User, tenant: Tenant, fleet: Fleet) -> None:
    """The person has each row once, each mail once, and the trail tells each thing once."""
    subject_request.refresh_from_db()
    files = unpack(subject_request, subject, StepClock(timezone.now()))
    assert rows(files, "notes") == [{"email": "ann@example.com", "text": "a note"}]
    assert json.loads(files["manifest.json"])["reference"] == subject_request.reference
    assert subject_request.bundles.filter(purged_at=None).count() == 1
    assert set(fleet.sink.ids.values()) == {1}
    assert len(fleet.sink.ids) == OutgoingEmail.objects.count() == 2, "the acknowledgement, and that it is ready"
    done = AuditEvent.objects.filter(verb__in=["step.done", "bundle.packed", "bundle.released"])
    assert done.count() == subject_request.steps.count() + 1
    assert verify_tenant(tenant.slug).problem == ""


@pytest.fixture
def two(fleet: Fleet) -> tuple[Popen[str], Popen[str]]:
    """A worker that is ready, and one that is ready and stopped: signal SIGCONT and it works."""
    fleet.beat()
    first, second = fleet.worker(), fleet.worker()
    wait_for(lambda: fleet.ready(first) and fleet.ready(second), "the workers", fleet)
    fleet.signal(second, signal.SIGSTOP)
    return first, second


@pytest.mark.thorough
def test_a_worker_is_killed_and_the_broker_forgets_in_the_middle_of_a_step(
    tenant: Tenant, subject: User, fleet: Fleet, two: tuple[Popen[str], Popen[str]]
) -> None:
    first, second = two
    with slow_store(tenant) as gate:
        subject_request = file_access(tenant, subject, timezone.now(), RequestType.PORTABILITY)
        wait_for(gate.reached.is_set, "the step", fleet)
        fleet.kill(first)
        fleet.lose_everything()
        gate.opened.set()
        fleet.signal(second, signal.SIGCONT)
        settle(subject_request, fleet)
    step = subject_request.steps.get(dataset="app")
    assert (step.attempts, step.fence, step.state) == (2, 2, StepState.DONE)
    assert_exact(subject_request, subject, tenant, fleet)


def fill_lake(tenant: Tenant, people: list[User]) -> None:
    """Put the tenant's data into a file that takes half a second to read: two notes of each, among others' many."""
    folder = Path(settings.TENANTS_DIR) / tenant.slug
    source = '{path: "notes/*.jsonl.gz", format: jsonl}'
    text = SLOW_MAP.replace('{path: "/notes", query: {email: "{email}"}}', source)
    (folder / "datamap" / "app.yml").write_text(text, encoding="utf-8")
    (folder / "stores.yml").write_text(f"app: file://{folder}/lake\n", encoding="utf-8")
    (folder / "lake" / "notes").mkdir(parents=True)
    others = "".join(json.dumps({"email": f"other{n}@x.org", "text": "y" * 50}) + "\n" for n in range(10_000))
    own = "".join(json.dumps({"email": one.email, "text": f"{one.pk}, {n}"}) + "\n" for n in (1, 2) for one in people)
    packed = gzip.compress(others.encode()) * 30
    (folder / "lake" / "notes" / "all.jsonl.gz").write_bytes(packed + gzip.compress(own.encode()) + packed)


@pytest.mark.slow
def test_a_worker_is_killed_in_the_middle_of_steps_that_share_a_reading(
    tenant: Tenant, fleet: Fleet, two: tuple[Popen[str], Popen[str]]
) -> None:
    first, second = two
    people = [account(f"p{number}@example.com") for number in range(4)]
    fill_lake(tenant, people)
    with transaction.atomic():  # so that they wait at the same time
        for one in people:
            filing = intake.Filing(RequestType.PORTABILITY, one.email, f"t-{one.pk}")
            intake.file_request(tenant=tenant, filing=filing, account=one, now=timezone.now())
    reading = Step.objects.filter(dataset="app", state=StepState.RUNNING)
    wait_for(lambda: reading.count() == len(people), "the shared reading", fleet)
    fleet.signal(first, signal.SIGSTOP)
    left = set(reading.values_list("pk", flat=True))
    assert len(left) > 1, "it was frozen in the middle, and now it dies there"
    fleet.kill(first)
    fleet.signal(second, signal.SIGCONT)
    for subject_request in SubjectRequest.objects.all():
        settle(subject_request, fleet)
    for subject_request, one in zip(SubjectRequest.objects.order_by("pk"), people, strict=True):
        step = subject_request.steps.get(dataset="app")
        assert (step.attempts, step.fence, step.rows) == ((2, 2, 2) if step.pk in left else (1, 1, 2))
        files = unpack(subject_request, one, StepClock(timezone.now()))
        assert rows(files, "notes") == [{"email": one.email, "text": f"{one.pk}, {n}"} for n in (1, 2)]
    verbs = Counter(AuditEvent.objects.values_list("verb", flat=True))
    assert verbs["step.done"] == Step.objects.exclude(kind=StepKind.PACK).count()
    assert verbs["bundle.packed"] == verbs["bundle.released"] == Bundle.objects.count() == len(people)
    assert set(fleet.sink.ids.values()) == {1}
    assert len(fleet.sink.ids) == OutgoingEmail.objects.count() == 2 * len(people)
    assert verify_tenant(tenant.slug).problem == ""


@pytest.mark.slow
def test_a_worker_that_was_frozen_and_comes_back_writes_nothing(
    tenant: Tenant, subject: User, fleet: Fleet, two: tuple[Popen[str], Popen[str]]
) -> None:
    first, second = two
    with slow_store(tenant) as gate:
        subject_request = file_access(tenant, subject, timezone.now(), RequestType.PORTABILITY)
        wait_for(gate.reached.is_set, "the step", fleet)
        fleet.signal(first, signal.SIGSTOP)
        gate.opened.set()
        fleet.signal(second, signal.SIGCONT)
        wait_for(
            lambda: subject_request.steps.filter(dataset="app", state=StepState.DONE, fence=2).exists(), "it", fleet
        )
        fleet.signal(first, signal.SIGCONT)
        settle(subject_request, fleet)
        wait_for(lambda: "lease lost, its result is dropped" in fleet.output(), "the late worker", fleet)
    assert_exact(subject_request, subject, tenant, fleet)


@pytest.mark.slow
def test_workers_are_killed_again_and_again_and_the_broker_is_emptied_all_the_time(
    tenant: Tenant, reviewer: User, fleet: Fleet
) -> None:
    """Twelve requests, two workers: both die in the middle of a step, four times."""
    people = [account(f"p{number}@example.com") for number in range(6)]
    open_ones = SubjectRequest.objects.filter(status=Status.FULFILLING)
    reading = Step.objects.filter(state=StepState.RUNNING, dataset="app")
    with slow_store(tenant) as gate:
        gate.seconds = 0.5
        gate.opened.set()
        fleet.beat()
        workers = [fleet.worker(), fleet.worker()]
        for person in people:
            file_both(tenant, person)
        end, deaths = time.monotonic() + 120, 0
        while open_ones.exists() or OutgoingEmail.objects.filter(sent_at=None).exists():
            assert time.monotonic() < end, fleet.output()
            fleet.lose_everything()
            if deaths < 4 and reading.exists():
                for worker in workers:
                    fleet.kill(worker)
                workers, deaths = [fleet.worker(), fleet.worker()], deaths + 1
            time.sleep(0.2)
    assert Step.objects.filter(dataset="app", attempts__gt=1).exists()
    requests = SubjectRequest.objects.all()
    assert Counter(requests.values_list("type", "status")) == {
        (RequestType.PORTABILITY, Status.FULFILLED): len(people),
        (RequestType.ACCESS, Status.AWAITING_RELEASE): len(people),
    }
    assert not Step.objects.exclude(state=StepState.DONE).exists()
    assert Bundle.objects.count() == len(requests)
    assert set(Step.objects.filter(dataset="app").values_list("rows", flat=True)) == {1}
    assert set(fleet.sink.ids.values()) == {1}, "no mail twice"
    assert len(fleet.sink.ids) == OutgoingEmail.objects.count()
    verbs = Counter(AuditEvent.objects.values_list("verb", flat=True))
    assert verbs["step.done"] == Step.objects.exclude(kind=StepKind.PACK).count()
    assert verbs["bundle.packed"] == len(requests)
    assert verify_tenant(tenant.slug).problem == ""


FILE_ONE = """
import time, django
django.setup()
from django.utils import timezone
from accounts.models import Tenant, User
from dsar.models import RequestType
from tests.dsar.test_the_way_of_a_request import file_access
tenant, subject = Tenant.objects.get(slug="acme"), User.objects.get(email="ann@example.com")
start = time.monotonic()
file_access(tenant, subject, timezone.now(), RequestType.PORTABILITY)
print("filed in", time.monotonic() - start)
"""


@pytest.mark.slow
def test_filing_does_not_wait_for_a_broker_that_is_away_and_the_sweep_does_the_work_later(
    tenant: Tenant, subject: User, fleet: Fleet
) -> None:
    environment = fleet.environment() | {"WORKER_BROKER": f"redis://127.0.0.1:{deaf_port()}/0"}
    command = [sys.executable, "-c", FILE_ONE]
    result = subprocess.run(command, env=environment, cwd=settings.BASE_DIR, check=True, capture_output=True, text=True)
    assert float(result.stdout.split()[-1]) < 1.5, "half a second for the broker; the rest is the filing itself"
    assert "could not be woken" in result.stderr
    subject_request = SubjectRequest.objects.get()
    with slow_store(tenant) as gate:
        gate.opened.set()
        fleet.beat()
        fleet.worker()
        settle(subject_request, fleet)
    assert_exact(subject_request, subject, tenant, fleet)
