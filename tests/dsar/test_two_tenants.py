"""One email in two tenants: a worker that serves both brings each what is its own. Attack 15."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from accounts.models import Membership, Role, Tenant, User
from dsar import payloads, queries
from dsar.actions.fulfilment.rowfiles import RowFiles
from dsar.actions.fulfilment.running import run_next
from dsar.bundle.sealing import SealError
from dsar.models import RequestType, Step, StepKind, StepState, SubjectRequest
from tests.dsar.conftest import StepClock
from tests.dsar.test_the_way_of_a_request import file_access


@pytest.fixture
def other(tenant: Tenant) -> Iterator[Tenant]:
    """A second tenant with the same kind of store, in which the same address is somebody else."""
    other = Tenant.objects.create(slug="other", name="Other", contact_email="privacy@other.example")
    other.hosts.create(host="other.test")
    folder = Path(settings.TENANTS_DIR) / "other"
    shutil.copytree(Path(settings.TENANTS_DIR) / "acme", folder)
    with closing(sqlite3.connect(folder / "app.sqlite3")) as database, database:
        database.execute("update people set name = 'OTHER-name' where id = 0")
        database.execute("update letters set body = 'OTHER-letter'")
    yield other
    shutil.rmtree(folder)


def collect_everything(clock: StepClock) -> None:
    """Run steps until only bundles are left to pack, which are put off."""
    while SubjectRequest.objects.exclude(steps__kind=StepKind.PACK).exclude(type=RequestType.ENQUIRY).exists():
        assert run_next(clock=clock)
        Step.objects.filter(kind=StepKind.PACK).update(not_before=clock.now + timedelta(days=1))


def collected(subject_request: SubjectRequest) -> bytes:
    key = payloads.open_key(subject_request.sealed_key)
    rows = []
    for step in subject_request.steps.filter(kind=StepKind.COLLECT, state=StepState.DONE):
        for name, counts in step.report["collections"].items():
            if counts["rows"]:
                with RowFiles.of(step, key=key).lines(name) as lines:
                    rows += list(lines)
    return b"\n".join(rows)


def test_neither_brings_a_row_of_the_other(tenant: Tenant, other: Tenant, subject: User, clock: StepClock) -> None:
    Membership.objects.create(user=subject, tenant=other, role=Role.AUDITOR)
    question = file_access(other, subject, clock(), RequestType.ENQUIRY, token="t0")
    ours, theirs = file_access(tenant, subject, clock()), file_access(other, subject, clock())
    collect_everything(clock)
    for request in (ours, theirs):
        request.refresh_from_db()
    of_ours, of_theirs = collected(ours), collected(theirs)
    assert b'"Ann"' in of_ours
    assert b"OTHER-name" in of_theirs
    assert b"OTHER" not in of_ours
    assert b'"Ann"' not in of_theirs
    for foreign in (theirs.reference, question.reference, "auditor"):
        assert foreign.encode() not in of_ours
        assert foreign.encode() in of_theirs
    assert ours.reference.encode() not in of_theirs


def test_one_tenants_team_sees_and_releases_nothing_of_the_other(
    tenant: Tenant, other: Tenant, subject: User, clock: StepClock
) -> None:
    theirs = file_access(other, subject, clock())
    assert theirs not in queries.queue(tenant)
    assert theirs not in queries.register(tenant)
    assert theirs not in queries.visible_to(account=subject, tenant=tenant)
    assert queries.open_request(tenant=tenant, account=subject, request_type=RequestType.ACCESS) is None


def test_the_key_of_one_opens_nothing_of_the_other(
    tenant: Tenant, other: Tenant, subject: User, clock: StepClock
) -> None:
    ours, theirs = file_access(tenant, subject, clock()), file_access(other, subject, clock())
    collect_everything(clock)
    for request in (ours, theirs):
        request.refresh_from_db()
    theirs.sealed_key = ours.sealed_key
    with pytest.raises(SealError):
        collected(theirs)
