"""The way of a request with everything encrypted on S3, and what is left there when it has expired."""

from __future__ import annotations

import io
import threading
from datetime import timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from accounts.models import Tenant, User
from dsar import payloads, queries
from dsar.actions import expiry
from dsar.actions.delivery.releasing import release
from dsar.models import Bundle, Status, SubjectRequest
from tests.dsar.conftest import StepClock
from tests.dsar.s3_server import Bucket
from tests.dsar.test_the_way_of_a_request import file_access, rows, unpack, work

WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def _on_s3(settings: Settings, bucket: Bucket) -> None:
    settings.STORAGE_URL = bucket.url


@pytest.fixture
def released(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> SubjectRequest:
    subject_request = file_access(tenant, subject, clock())
    work(clock)
    subject_request.refresh_from_db()
    release(subject_request, by=reviewer, now=clock())
    return subject_request


@pytest.fixture
def closed(tenant: Tenant, subject: User, clock: StepClock) -> SubjectRequest:
    """A request that is fulfilled, with a bundle and a step's file that hold nothing but a word: quickly made."""
    subject_request = file_access(tenant, subject, clock())
    key, path = payloads.new_sealed_key(), f"bundles/{subject_request.reference}/1-1.zip.age"
    stored = payloads.put(path, io.BytesIO(b"archive"), key=payloads.open_key(key))
    payloads.put(f"requests/{subject_request.reference}/a", io.BytesIO(b"row"), key=payloads.open_key(key))
    now = clock()
    subject_request.bundles.create(
        path=path, bytes=stored.bytes, sha256=stored.sha256, sealed_key=key, made_at=now, expires_at=now + WEEK
    )
    SubjectRequest.objects.update(status=Status.FULFILLED, closed_at=now)
    return subject_request


def bundle_of(subject_request: SubjectRequest) -> Bundle:
    found = queries.latest_bundle(subject_request)
    assert found is not None
    return found


@pytest.mark.thorough
def test_from_filing_to_the_opened_bundle(
    released: SubjectRequest, subject: User, clock: StepClock, bucket: Bucket
) -> None:
    assert rows(unpack(released, subject, clock), "people") == [
        {"id": 0, "email": "ann@example.com", "name": "Ann", "score": 7}
    ]
    folders = {key.split("/")[1] for key in bucket.names()}
    assert folders == {"bundles", "requests"}
    sizes = {item["Key"]: item["Size"] for item in bucket.contents()}
    assert sizes[f"portal/{bundle_of(released).path}"] == bundle_of(released).bytes
    assert not any(b"ann@example.com" in bucket.read(key) for key in bucket.names())
    expiry.purge(now=clock())
    assert [key.split("/")[1] for key in bucket.names()] == ["bundles"]
    # Another portal's hand, or a rule of the bucket: no download that breaks off at once is told as one.
    bucket.s3.delete_object(Bucket=bucket.name, Key=bucket.names()[0])
    with pytest.raises(payloads.PayloadGoneError):
        unpack(released, subject, clock)
    assert bundle_of(released).downloads.count() == 1
    expiry.purge(now=clock() + WEEK)
    assert (bucket.names(), bucket.unfinished()) == ([], [])


@pytest.mark.thorough
def test_a_bucket_with_versions_keeps_bytes_that_no_key_opens(
    clock: StepClock, bucket: Bucket, request: pytest.FixtureRequest
) -> None:
    bucket.s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    bundle = bundle_of(request.getfixturevalue("closed"))
    expiry.purge(now=clock() + WEEK)
    bundle.refresh_from_db()
    assert bucket.names() == []
    kept = bucket.s3.list_object_versions(Bucket=bucket.name)["Versions"]
    assert f"portal/{bundle.path}" in {item["Key"] for item in kept}
    with pytest.raises(payloads.PayloadGoneError):
        payloads.open_key(bundle.sealed_key)


@pytest.mark.thorough
def test_what_could_not_be_deleted_or_a_killed_worker_left_goes_with_the_next_purge(
    closed: SubjectRequest, clock: StepClock, bucket: Bucket, caplog: pytest.LogCaptureFixture
) -> None:
    orphan = f"portal/bundles/{closed.reference}/1-9.zip.age"
    strange = "portal/bundles/R-0000-0000-00/1-1.zip.age"  # of another portal, as far as we know
    for key in (orphan, strange):
        bucket.s3.put_object(Bucket=bucket.name, Key=key, Body=b"sealed")
    bucket.forbid("s3:DeleteObject")
    expiry.purge(now=clock() + WEEK)
    assert bundle_of(closed).sealed_key is None
    assert f"portal/{bundle_of(closed).path}" in bucket.names()
    assert "still in storage" in caplog.text
    bucket.s3.delete_bucket_policy(Bucket=bucket.name)
    expiry.purge(now=clock() + WEEK)
    assert bucket.names() == [strange]


def test_several_purges_at_once_purge_once(closed: SubjectRequest, clock: StepClock, bucket: Bucket) -> None:
    now, failures = clock() + WEEK, []

    def purge() -> None:
        try:
            expiry.purge(now=now)
        except Exception as error:  # a thread's own would be lost
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=purge) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (failures, bucket.names()) == ([], [])
