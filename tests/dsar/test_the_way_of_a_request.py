"""From filing to the opened bundle, through the actions, on a real store."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from accounts.models import AuditEvent, OutgoingEmail, Tenant, User
from dsar import queries
from dsar.actions import expiry, intake, review
from dsar.actions.delivery.fetching import BundleGoneError, fetch
from dsar.actions.delivery.releasing import OwnRequestError, ReleaseError, release
from dsar.actions.fulfilment.leases import LeaseLostError, claim, free_all, lease
from dsar.actions.fulfilment.running import run_next, sweep
from dsar.models import DenialReason, Outcome, RequestType, Status, StepKind, StepState, SubjectRequest
from dsar.models.transitions import TRANSITIONS, ImpossibleMoveError, Move, move
from tests.dsar.conftest import StepClock, app_database
from tests.dsar.seconding import decides_alone


def file_access(
    tenant: Tenant, account: User | None, now: datetime, kind: RequestType = RequestType.ACCESS, token: str = "t1"
) -> SubjectRequest:
    filing = intake.Filing(type=kind, email="ann@example.com", token=token, question="Why?")
    return intake.file_request(tenant=tenant, filing=filing, account=account, now=now)


def work(clock: StepClock) -> None:
    """Run steps until none is left; every failure that waits is waited for."""
    for _ in range(50):
        if not run_next(clock=clock):
            return
    raise AssertionError("the steps never end")


def unpack(subject_request: SubjectRequest, account: User, clock: StepClock) -> dict[str, bytes]:
    _, stream = fetch(subject_request, account=account, clock=clock)
    with zipfile.ZipFile(io.BytesIO(b"".join(stream))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rows(files: dict[str, bytes], name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in files[f"data/app/{name}.jsonl"].splitlines()]


@pytest.fixture
def released(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> SubjectRequest:
    subject_request = file_access(tenant, subject, clock())
    work(clock)
    subject_request.refresh_from_db()
    release(subject_request, by=reviewer, now=clock())
    return subject_request


@pytest.mark.pdf
def test_access_brings_every_row_and_no_other(released: SubjectRequest, subject: User, clock: StepClock) -> None:
    assert (released.status, released.outcome) == (Status.FULFILLED, Outcome.FULL)
    files = unpack(released, subject, clock)
    assert rows(files, "people") == [{"id": 0, "email": "ann@example.com", "name": "Ann", "score": 7}]
    assert sorted(row["body"] for row in rows(files, "letters")) == ["new", "old"]  # type: ignore[type-var]
    everything = b"".join(files.values())
    assert b"CANARY" not in everything
    assert b"bob" not in everything
    manifest = json.loads(files["manifest.json"])
    assert {"kind": "email", "value": "ann.old@example.com"}.items() <= manifest["identities"][0].items() or any(
        item["value"] == "ann.old@example.com" for item in manifest["identities"]
    )
    assert any(name.startswith("data/portal/dsar_subjectrequest") for name in files)


def test_every_download_is_recorded(released: SubjectRequest, subject: User, clock: StepClock) -> None:
    unpack(released, subject, clock)
    bundle = queries.current_bundle(released)
    assert bundle is not None
    assert bundle.downloads.filter(account=subject, completed_at__isnull=False).count() == 1
    assert AuditEvent.objects.filter(verb="bundle.downloaded", actor_id=subject.pk).count() == 1


def test_expired_means_gone(released: SubjectRequest, subject: User, clock: StepClock) -> None:
    bundle = queries.current_bundle(released)
    assert bundle is not None
    file = Path(settings.VAR_DIR) / "storage" / bundle.path
    assert file.exists()
    clock.now += timedelta(days=7)
    with pytest.raises(BundleGoneError):
        fetch(released, account=subject, clock=clock)
    expiry.purge(now=clock())
    bundle.refresh_from_db()
    assert bundle.sealed_key is None
    assert not file.exists()
    assert not (Path(settings.VAR_DIR) / "storage" / "requests" / released.reference).exists()
    with pytest.raises(BundleGoneError) as gone:
        fetch(released, account=subject, clock=clock)
    assert gone.value.expired_at == bundle.expires_at


def test_portability_needs_no_reviewer_and_leaves_out_what_was_inferred(
    tenant: Tenant, subject: User, clock: StepClock
) -> None:
    subject_request = file_access(tenant, subject, clock(), RequestType.PORTABILITY)
    work(clock)
    subject_request.refresh_from_db()
    assert subject_request.status == Status.FULFILLED
    assert rows(unpack(subject_request, subject, clock), "people") == [
        {"id": 0, "email": "ann@example.com", "name": "Ann"}
    ]


def test_a_person_with_no_data_is_told_so(tenant: Tenant, outsider: User, reviewer: User, clock: StepClock) -> None:
    filing = intake.Filing(type=RequestType.ACCESS, email="", token="t9")
    subject_request = intake.file_request(
        tenant=tenant, filing=filing.__class__(RequestType.ACCESS, outsider.email, "t9"), account=outsider, now=clock()
    )
    work(clock)
    subject_request.refresh_from_db()
    release(subject_request, by=reviewer, now=clock())
    files = unpack(subject_request, outsider, clock)
    theirs = {name: content for name, content in files.items() if name.startswith("data/app/")}
    assert theirs
    assert not any(theirs.values()), "each collection that was asked has an empty file"


def test_a_token_files_one_request(tenant: Tenant, subject: User, now: datetime) -> None:
    assert file_access(tenant, subject, now) == file_access(tenant, subject, now)
    assert SubjectRequest.objects.count() == 1
    assert OutgoingEmail.objects.filter(kind="acknowledgement").count() == 1


def test_a_second_open_request_of_a_type_is_refused(tenant: Tenant, subject: User, now: datetime) -> None:
    first = file_access(tenant, subject, now)
    with pytest.raises(intake.AlreadyOpenError) as refused:
        file_access(tenant, subject, now, token="t2")
    assert refused.value.subject_request == first


def test_nobody_releases_or_denies_their_own_request(tenant: Tenant, reviewer: User, now: datetime) -> None:
    filing = intake.Filing(RequestType.ACCESS, reviewer.email, "t3")
    own = intake.file_request(tenant=tenant, filing=filing, account=reviewer, now=now)
    with pytest.raises(OwnRequestError):
        release(own, by=reviewer, now=now)
    with pytest.raises(OwnRequestError):
        review.deny(own, reason="other", explanation="no", by=reviewer, now=now)
    own.refresh_from_db()
    assert own.status == Status.FULFILLING


def test_an_enquiry_is_answered_in_the_queue(tenant: Tenant, subject: User, reviewer: User, now: datetime) -> None:
    enquiry = file_access(tenant, subject, now, RequestType.ENQUIRY)
    assert enquiry.status == Status.AWAITING_REVIEW
    assert list(queries.queue(tenant)) == [enquiry]
    review.answer(enquiry, text="Because.", by=reviewer, now=now)
    assert (enquiry.status, enquiry.answer) == (Status.FULFILLED, "Because.")
    assert not queries.queue(tenant).exists()


def test_a_refusal_says_why_and_stops_the_work(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> None:
    subject_request = file_access(tenant, subject, clock())
    with pytest.raises(review.ReviewError):
        review.deny(subject_request, reason="other", explanation=" ", by=reviewer, now=clock())
    review.deny(subject_request, reason=DenialReason.NO_MATCH, explanation="Not you.", by=reviewer, now=clock())
    assert subject_request.status == Status.DENIED
    assert not run_next(clock=clock)
    assert "Not you." in OutgoingEmail.objects.get(kind="denied").text


def test_a_failed_store_blocks_release_until_an_exception_is_named(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    app_database(tenant).unlink()
    subject_request = file_access(tenant, subject, clock())
    for _ in range(20):
        work(clock)
        clock.now += timedelta(minutes=5)
    subject_request.refresh_from_db()
    assert subject_request.status == Status.AWAITING_RELEASE
    failed = subject_request.steps.filter(state=StepState.FAILED)
    assert failed.exists()
    assert all(step.error for step in failed)
    with pytest.raises(ReleaseError):
        release(subject_request, by=reviewer, now=clock())
    decides_alone(tenant)
    review.record_exception(subject_request, dataset="app", reason="It is gone.", by=reviewer, now=clock())
    work(clock)
    subject_request.refresh_from_db()
    release(subject_request, by=reviewer, now=clock())
    assert subject_request.outcome == Outcome.PARTIAL
    manifest = json.loads(unpack(subject_request, subject, clock)["manifest.json"])
    assert manifest["exceptions"] == ["app: It is gone."]


def test_a_worker_that_lost_its_lease_writes_nothing(tenant: Tenant, subject: User, clock: StepClock) -> None:
    file_access(tenant, subject, clock())
    sweep(clock=clock)
    first = claim(now=clock())
    assert first is not None
    clock.now += lease()
    second = claim(now=clock())
    assert second is not None
    assert (second.step, second.fence) == (first.step, first.fence + 1)
    with pytest.raises(LeaseLostError):
        first.renew(now=clock())
    second.renew(now=clock())


def test_a_site_that_starts_again_goes_on_at_once(tenant: Tenant, subject: User, clock: StepClock) -> None:
    file_access(tenant, subject, clock())
    sweep(clock=clock)
    killed = claim(now=clock())
    assert killed is not None
    assert claim(now=clock()) is None
    assert free_all(now=clock()) == 1
    again = claim(now=clock())
    assert again is not None
    assert again.step == killed.step


def test_a_step_of_a_dead_worker_is_driven_again(tenant: Tenant, subject: User, clock: StepClock) -> None:
    subject_request = file_access(tenant, subject, clock())
    sweep(clock=clock)
    assert claim(now=clock()) is not None  # a worker that is killed here
    clock.now += lease()
    assert sweep(clock=clock) > 0
    work(clock)
    subject_request.refresh_from_db()
    assert subject_request.status == Status.AWAITING_RELEASE
    assert subject_request.steps.filter(kind=StepKind.PACK, state=StepState.DONE).count() == 1


def test_what_is_not_in_the_table_is_impossible(tenant: Tenant, subject: User, now: datetime) -> None:
    subject_request = file_access(tenant, subject, now)
    for status in Status:
        for by in Move:
            for to in set(Status) - TRANSITIONS.get((status, by), frozenset()):
                subject_request.status = status
                with pytest.raises(ImpossibleMoveError):
                    move(subject_request, by=by, to=to)
    subject_request.refresh_from_db()
    assert subject_request.status == Status.FULFILLING


def test_a_mistake_in_a_data_map_costs_nobody_a_request(
    tenant: Tenant, subject: User, clock: StepClock, caplog: pytest.LogCaptureFixture
) -> None:
    file = Path(settings.TENANTS_DIR) / "acme" / "datamap" / "app.yml"
    right = file.read_text(encoding="utf-8")
    file.write_text(right.replace("identity: email", "identiy: email", 1), encoding="utf-8")
    subject_request = file_access(tenant, subject, clock())
    assert not run_next(clock=clock)
    assert "app.yml:10" in caplog.text
    file.write_text(right, encoding="utf-8")
    assert run_next(clock=clock)
    assert subject_request.steps.filter(state=StepState.DONE).exists()
