"""What happens by itself as time goes by: warnings, reminders, lapses, pauses, and the end of a bundle."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from accounts.models import AuditEvent, OutgoingEmail, Tenant, User
from dsar import payloads, queries
from dsar.actions import expiry, verification, warnings
from dsar.models import DenialReason, Status, SubjectRequest
from tests.dsar.test_the_way_of_a_request import file_access

HOUR = timedelta(hours=1)


def told(kind: str) -> int:
    return OutgoingEmail.objects.filter(kind=kind).count()


def test_the_team_is_warned_once_each_at_50_75_and_90_percent(
    tenant: Tenant, subject: User, reviewer: User, now: datetime
) -> None:
    subject_request = file_access(tenant, subject, now)
    given = []
    for hours in (0, 23.75, 24, 24.25, 35.75, 36, 43, 43.25, 44, 60):
        for _ in range(2):
            before = set(subject_request.warnings.values_list("clock", "percent"))
            warnings.warn(now=now + hours * HOUR)
            after = set(subject_request.warnings.values_list("clock", "percent"))
            given += [(hours, *found) for found in after - before]
    assert given == [(24, "house", 50), (36, "house", 75), (43.25, "house", 90)]
    assert told("clock_warning") == 3
    assert AuditEvent.objects.filter(verb="request.warned").count() == 3


def test_a_sweep_that_comes_late_gives_the_latest_warning_alone(
    tenant: Tenant, subject: User, reviewer: User, now: datetime
) -> None:
    subject_request = file_access(tenant, subject, now)
    for _ in range(3):
        warnings.warn(now=now + 47 * HOUR)
    assert list(subject_request.warnings.values_list("clock", "percent")) == [("house", 90)]


def test_the_law_has_warnings_of_its_own_and_a_closed_request_has_none(
    tenant: Tenant, subject: User, reviewer: User, now: datetime
) -> None:
    subject_request = file_access(tenant, subject, now)
    warnings.warn(now=now + timedelta(days=17))
    assert set(subject_request.warnings.values_list("clock", "percent")) == {("house", 90), ("gdpr", 50)}
    given = AuditEvent.objects.filter(verb="request.warned")
    assert {event.facts["clock"] for event in given} == {"house", "law"}, "the trail does not tell where one lives"
    subject_request.steps.all().delete()
    SubjectRequest.objects.filter(pk=subject_request.pk).update(status=Status.WITHDRAWN, closed_at=now)
    assert warnings.warn(now=now + timedelta(days=40)) == 0


@pytest.fixture
def unconfirmed(tenant: Tenant, now: datetime) -> SubjectRequest:
    """A request that was filed without an account, and whose code nobody has used."""
    return file_access(tenant, None, now)


def test_who_does_not_confirm_is_reminded_twice_and_then_refused(unconfirmed: SubjectRequest, now: datetime) -> None:
    happened: list[tuple[int, str]] = []
    for hours in range(0, 24 * 16, 12):
        for _ in range(2):
            before = told("verification_reminder"), told("denied")
            verification.lapse(now=now + hours * HOUR)
            after = told("verification_reminder"), told("denied")
            happened += [(hours // 24, "reminded")] * (after[0] - before[0]) + [(hours // 24, "refused")] * (
                after[1] - before[1]
            )
    assert happened == [(3, "reminded"), (10, "reminded"), (14, "refused")]
    unconfirmed.refresh_from_db()
    assert (unconfirmed.status, unconfirmed.denial_reason) == (Status.DENIED, DenialReason.INSUF_VERIFICATION)
    assert unconfirmed.closed_at == now + timedelta(days=14)
    assert not unconfirmed.pauses.filter(ended_at=None).exists()
    assert AuditEvent.objects.filter(verb="request.denied").count() == 1


def test_who_confirms_is_reminded_of_nothing(unconfirmed: SubjectRequest, now: datetime) -> None:
    confirm(unconfirmed, now + HOUR)
    verification.lapse(now=now + timedelta(days=4))
    assert verification.lapse(now=now + timedelta(days=20)) == 0
    assert told("verification_reminder") == told("denied") == 0


def confirm(subject_request: SubjectRequest, now: datetime) -> None:
    """Ask for a fresh code and use it."""
    verification.send_code(subject_request, now=now)
    text = OutgoingEmail.objects.filter(kind="verify_code").latest("pk").text
    code = next(word for word in text.split() if word.isdigit() and len(word) == 8)
    verification.confirm(subject_request, code=code, now=now)


def test_the_house_clock_stands_still_until_the_code_comes(
    unconfirmed: SubjectRequest, reviewer: User, now: datetime
) -> None:
    late = now + timedelta(days=2)
    house, _legal = queries.clocks(unconfirmed, now=late)
    assert (house.fraction, house.paused) == (0.0, True)
    assert warnings.warn(now=late) == 0
    confirm(unconfirmed, late)
    unconfirmed.refresh_from_db()
    assert unconfirmed.due_at == late + 48 * HOUR
    house, _legal = queries.clocks(unconfirmed, now=late + 24 * HOUR)
    assert (house.fraction, house.paused, house.due_at) == (0.5, False, unconfirmed.due_at)
    assert warnings.warn(now=late + 24 * HOUR) == 1


def test_the_legal_clock_does_not_stand_still(unconfirmed: SubjectRequest, now: datetime) -> None:
    before = queries.clocks(unconfirmed, now=now)[1]
    after = queries.clocks(unconfirmed, now=now + timedelta(days=10))[1]
    assert after.due_at == before.due_at
    assert after.fraction > 0.3


def test_purging_deletes_the_bytes_and_the_key(tenant: Tenant, subject: User, now: datetime) -> None:
    subject_request = file_access(tenant, subject, now)
    sealed_key, path = payloads.new_sealed_key(), f"bundles/{subject_request.reference}/1-1.zip.age"
    stored = payloads.put(path, io.BytesIO(b"what is delivered"), key=payloads.open_key(sealed_key))
    bundle = subject_request.bundles.create(
        path=path, bytes=stored.bytes, sha256=stored.sha256, sealed_key=sealed_key, made_at=now, expires_at=now + HOUR
    )
    SubjectRequest.objects.filter(pk=subject_request.pk).update(status=Status.FULFILLED, closed_at=now)
    expiry.purge(now=now + HOUR / 2)
    assert payloads.read(path, key=payloads.open_key(sealed_key)) == b"what is delivered"
    assert expiry.purge(now=now + HOUR) == 1
    bundle.refresh_from_db()
    assert (bundle.sealed_key, bundle.purged_at) == (None, now + HOUR), "a copy of the bytes opens no more"
    assert not list((Path(settings.VAR_DIR) / "storage").rglob(f"*{subject_request.reference}*"))
    assert expiry.purge(now=now + HOUR) == 0, "once"
