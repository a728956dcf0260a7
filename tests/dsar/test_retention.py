"""What the portal keeps of requests goes by its rules: held ones stay, a run that is cut short is gone on with."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from accounts.audit.verify import verify_tenant
from accounts.models import AuditEvent, Membership, Role, Tenant, User
from dsar import payloads, queries, tasks
from dsar.actions import expiry
from dsar.actions.erasing.forgetting import forget_person
from dsar.actions.holding import HoldError, lift_holds, set_hold
from dsar.actions.retention import texts
from dsar.actions.retention.enforce import enforce
from dsar.models import Certificate, PurgeApproval, SubjectRequest
from tests.dsar.closed import DAY, close, pack, write
from tests.dsar.conftest import account, make_tenant
from tests.dsar.s3_server import Bucket

#: Past the register's 24 months, too.
YEARS = 740 * DAY


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    """The tenant in a transaction that is rolled back: no store is read here."""
    yield from make_tenant()


@pytest.fixture(autouse=True)
def _storage(settings: Settings, tmp_path: Path) -> None:
    settings.STORAGE_URL = f"file://{tmp_path}/storage"
    settings.CHECKPOINT_DIR = tmp_path / "checkpoints"


def pass_by(now: datetime, size: int = 2) -> None:
    expiry.purge(now=now)
    enforce(now=now, size=size)


def has_texts(subject_request: SubjectRequest) -> bool:
    subject_request.refresh_from_db()
    said = {bool(subject_request.email), bool(subject_request.question), subject_request.identities.exists()}
    assert len(said) == 1, "all or nothing"
    return said.pop()


def test_texts_stay_to_the_day(tenant: Tenant, now: datetime, settings: Settings) -> None:
    request = close(tenant, now)
    pass_by(now + 90 * DAY - timedelta(microseconds=1))
    assert has_texts(request)
    pass_by(now + 90 * DAY)
    assert not has_texts(request)
    settings.PAYLOAD_DAYS = 5
    other = close(tenant, now, 2)
    pass_by(now + 5 * DAY)
    assert not has_texts(other)


def test_the_task_does_it_as_of_now(tenant: Tenant) -> None:
    old, young = (close(tenant, timezone.now() - days * DAY, days) for days in (91, 89))
    tasks.retention()
    assert (has_texts(old), has_texts(young)) == (False, True)


def test_texts_wait_for_a_bundle_that_can_still_be_fetched(tenant: Tenant, now: datetime, settings: Settings) -> None:
    settings.PAYLOAD_DAYS = 5
    request = close(tenant, now)
    path = pack(request, now, days=7)
    pass_by(now + 6 * DAY)
    assert has_texts(request)
    assert payloads.storage().size(path)
    pass_by(now + 7 * DAY)
    assert not has_texts(request)
    assert payloads.storage().names("bundles") == []


def test_a_certificate_goes_once_it_is_over(tenant: Tenant, now: datetime) -> None:
    request = close(tenant, now, type="erasure")
    folder = write(f"certificates/{request.reference}", now)
    columns = {"path": f"{folder}/1", "bytes": 4, "sha256": "0", "sealed_key": b"x", "secret_hash": "0", "made_at": now}
    certificate = Certificate.objects.create(subject_request=request, expires_at=now + 120 * DAY, **columns)
    pass_by(now + 119 * DAY)
    assert has_texts(request)
    pass_by(now + 120 * DAY)
    assert not has_texts(request)
    certificate.refresh_from_db()
    assert (certificate.sealed_key, certificate.secret_hash) == (None, "")
    assert payloads.storage().names("certificates") == []
    write(f"certificates/{request.reference}", now)
    pass_by(now + YEARS)
    assert not Certificate.objects.exists()
    assert payloads.storage().names("certificates") == []


def test_each_batch_is_told_by_its_counts(tenant: Tenant, now: datetime) -> None:
    for number in range(5):
        close(tenant, now, number)
    pass_by(now + 90 * DAY, size=2)
    told = AuditEvent.objects.filter(verb="retention.texts_deleted").order_by("sequence")
    assert [event.facts for event in told] == [
        {"requests": 2, "rows": 6},
        {"requests": 2, "rows": 6},
        {"requests": 1, "rows": 3},
    ]
    pass_by(now + YEARS, size=3)
    told = AuditEvent.objects.filter(verb="retention.register_deleted").order_by("sequence")
    assert [event.facts["requests"] for event in told] == [3, 2]
    assert verify_tenant(tenant.slug).holds


def test_an_account_still_sees_what_it_had_proven_by_its_address(tenant: Tenant, now: datetime) -> None:
    ann = account("ann@example.com")
    request = close(tenant, now)
    unproven = close(tenant, now, 2, verified_at=None)
    assert set(queries.visible_to(account=ann, tenant=tenant)) == {request}
    pass_by(now + 90 * DAY)
    assert set(queries.visible_to(account=ann, tenant=tenant)) == {request}
    unproven.refresh_from_db()
    assert (unproven.email, unproven.account) == ("", None)


def test_what_is_held_stays_whole_until_it_is_lifted(tenant: Tenant, reviewer: User, now: datetime) -> None:
    request, other = close(tenant, now), close(tenant, now, 2)
    path = pack(request, now)
    set_hold(request, reason="A dispute.", until=None, by=reviewer, now=now)
    pass_by(now + YEARS)
    assert has_texts(request)
    assert payloads.read(path, key=payloads.open_key(request.bundles.get().sealed_key)) == b"archive"
    assert not SubjectRequest.objects.filter(pk=other.pk).exists()
    assert AuditEvent.objects.filter(verb="hold.set").exists(), "the trail keeps what it tells of a held request"
    lift_holds(request, reason="It is over.", by=reviewer, now=now + YEARS)
    pass_by(now + YEARS)
    assert not SubjectRequest.objects.exists()
    assert payloads.storage().names("bundles") == []
    assert not AuditEvent.objects.filter(verb="hold.set").exists()
    assert verify_tenant(tenant.slug).holds


def test_a_hold_ends_by_itself(tenant: Tenant, reviewer: User, now: datetime) -> None:
    request = close(tenant, now)
    set_hold(request, reason="A dispute.", until=now + 100 * DAY, by=reviewer, now=now)
    pass_by(now + 99 * DAY)
    assert has_texts(request)
    pass_by(now + 100 * DAY)
    assert not has_texts(request)


def test_a_hold_that_comes_between_is_seen(tenant: Tenant, reviewer: User, now: datetime) -> None:
    """Batches and bundles were read before the hold: each is asked again when its turn comes."""
    request = close(tenant, now, sealed_key=payloads.new_sealed_key())
    paths = [pack(request, now), f"{write(f'requests/{request.reference}', now)}/collect-1/rows.age"]
    bundle = request.bundles.get()
    set_hold(request, reason="A dispute.", until=None, by=reviewer, now=now)
    assert texts._delete(tenant, [request.pk], now=now + YEARS) == 0
    expiry.purge_bundle(bundle, now=now + YEARS)
    expiry.purge_collected(request, now=now + YEARS)
    assert has_texts(request)
    assert all(payloads.storage().size(path) for path in paths)
    assert request.sealed_key is not None
    assert request.bundles.get().sealed_key is not None


def test_of_a_hold_and_a_deletion_at_once_the_first_wins(transactional_db: None, now: datetime) -> None:
    """The hold is not committed yet when the batch is read: the deletion waits for it, and then sees it."""
    made = make_tenant()
    tenant = next(made)
    request, rita = close(tenant, now), account("rita@acme.example")
    Membership.objects.create(user=rita, tenant=tenant, role=Role.REVIEWER)
    is_set = threading.Event()

    def hold() -> None:
        with transaction.atomic():
            set_hold(request, reason="A dispute.", until=None, by=rita, now=now)
            is_set.set()
            time.sleep(0.5)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert is_set.wait(timeout=10)
    enforce(now=now + YEARS)
    holder.join()
    assert has_texts(request)
    next(made, None)


def test_a_held_request_survives_the_erasure_of_its_person(tenant: Tenant, reviewer: User, now: datetime) -> None:
    ann = account("ann@example.com")
    held, other = close(tenant, now, account=ann), close(tenant, now, 2, account=ann)
    erasure = close(tenant, now, 3, account=ann, type="erasure")
    path = pack(held, now)
    set_hold(held, reason="A dispute.", until=None, by=reviewer, now=now)
    forget_person(erasure, now=now)
    assert has_texts(held)
    assert payloads.storage().size(path)
    assert not has_texts(other)
    assert not has_texts(erasure)
    assert User.objects.filter(pk=ann.pk).exists(), "the held request is its account's"


@pytest.mark.parametrize(
    ("reason", "days", "message"), [(" ", None, "Say why"), ("A dispute.", 0, "over before it began")]
)
def test_a_hold_says_why_and_ends_later(
    tenant: Tenant, reviewer: User, now: datetime, reason: str, days: int | None, message: str
) -> None:
    until = now if days is not None else None
    with pytest.raises(HoldError, match=message):
        set_hold(close(tenant, now), reason=reason, until=until, by=reviewer, now=now)


def test_only_the_team_holds(tenant: Tenant, outsider: User, reviewer: User, now: datetime) -> None:
    request = close(tenant, now)
    with pytest.raises(HoldError, match="member of the team"):
        set_hold(request, reason="Mine.", until=None, by=outsider, now=now)
    set_hold(request, reason="A dispute.", until=None, by=reviewer, now=now)
    with pytest.raises(HoldError, match="member of the team"):
        lift_holds(request, reason="It is over.", by=outsider, now=now)
    assert lift_holds(request, reason="It is over.", by=reviewer, now=now + DAY) == 1
    with pytest.raises(HoldError, match="under no hold"):
        lift_holds(request, reason="It is over.", by=reviewer, now=now + DAY)


class KilledError(BaseException):
    """What nothing catches."""


@contextmanager
def killed_at(statement: int | None) -> Iterator[None]:
    """Let the process die at a statement, counted from one; at None it lives."""
    done = 0

    def watch(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal done
        done += 1
        if done == statement:
            raise KilledError
        return execute(*arguments)

    with connection.execute_wrapper(watch):
        yield


def state() -> dict[str, list[str]]:
    """Return all rows of requests and of what hangs on them."""
    found = {model.__name__: model._default_manager.values() for model in apps.get_app_config("dsar").get_models()}
    return {name: sorted(map(str, values)) for name, values in found.items()}


def after(statement: int | None, now: datetime) -> tuple[bool, Mapping[str, list[str]]]:
    """Return whether a run was cut short at a statement, and what the next one has left; all of it is taken back."""
    undone = transaction.savepoint()
    try:
        with killed_at(statement):
            enforce(now=now, size=2)
        was_killed = False
    except KilledError:
        was_killed = True
        enforce(now=now, size=2)
    left = state()
    transaction.savepoint_rollback(undone)
    return was_killed, left


@pytest.mark.thorough
@pytest.mark.parametrize("every", [5, 1])
def test_cut_short_at_any_statement_the_next_run_goes_on(tenant: Tenant, now: datetime, every: int) -> None:
    for number in range(3):
        close(tenant, now, number)
    close(tenant, now - YEARS, 3, texts_deleted_at=now)
    later = now + 90 * DAY
    _, whole = after(None, later)
    assert (len(whole["SubjectRequest"]), whole["Identity"], whole["Step"]) == (3, [], [])
    assert len(whole["ClockPause"]) == 3
    places = 0
    for statement in count(1, every):
        was_killed, left = after(statement, later)
        assert left == whole
        places += was_killed
        if not was_killed:
            break
    assert places > 50 / every, "so many places were tried"


@pytest.mark.thorough
def test_the_register_keeps_what_has_a_folder_that_cannot_be_deleted(
    tenant: Tenant, now: datetime, settings: Settings, bucket: Bucket
) -> None:
    settings.STORAGE_URL = bucket.url
    stuck, other = close(tenant, now), close(tenant, now, 2)
    pack(stuck, now)
    bucket.forbid("s3:DeleteObject")
    pass_by(now + YEARS)
    assert set(SubjectRequest.objects.all()) == {stuck}
    assert not has_texts(stuck)
    bucket.s3.delete_bucket_policy(Bucket=bucket.name)
    enforce(now=now + YEARS)
    assert not SubjectRequest.objects.exists()
    assert bucket.names() == []
    assert other.reference != stuck.reference


@pytest.mark.parametrize("deed", ["approved", "ended"])
def test_who_has_decided_over_others_keeps_the_account(
    tenant: Tenant, reviewer: User, now: datetime, deed: str
) -> None:
    """It is named by what they decided: without it the database would refuse the whole erasure."""
    ann = account("ann@example.com")
    bobs, erasure = close(tenant, now, 1, email="bob@example.com"), close(tenant, now, 2, account=ann, type="erasure")
    if deed == "approved":
        PurgeApproval.objects.create(tenant=tenant, by=ann, at=now, fingerprint="f")
    else:
        bobs.holds.create(
            by=reviewer, reason="A dispute.", since=now, until=now, ended_by=ann, end_reason="It is over."
        )
    assert forget_person(erasure, now=now) is False
    assert User.objects.filter(pk=ann.pk).exists()
