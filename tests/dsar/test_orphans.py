"""Folders in storage that no request knows: which are deleted, and which are somebody else's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.audit import SYSTEM, Target, record
from accounts.models import Tenant
from dsar import payloads
from dsar.actions.retention.orphans import delete_orphans
from tests.dsar.closed import DAY, close, write
from tests.dsar.conftest import make_tenant
from tests.dsar.s3_server import Bucket


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    """The tenant in a transaction that is rolled back: no store is read here."""
    yield from make_tenant()


@pytest.fixture(autouse=True)
def _storage(settings: Settings, tmp_path: Path) -> None:
    settings.STORAGE_URL = f"file://{tmp_path}/storage"


@pytest.fixture
def long_used(tenant: Tenant, now: datetime) -> Tenant:
    """A database that was in use a year before now."""
    record(tenant=tenant, verb="tenant.added", by=SYSTEM, at=now - 365 * DAY, target=Target("tenant", "1"))
    return tenant


def test_an_old_folder_that_no_row_knows_is_deleted(long_used: Tenant, now: datetime) -> None:
    known = close(long_used, now)
    write("requests/R-BBBB-BBBB-BB", now - 90 * DAY)
    write("bundles/R-BBBB-BBBB-BB", now - 90 * DAY)
    young, other = write("requests/R-CCCC-CCCC-CC", now - 89 * DAY), write("requests/somebody", now - 91 * DAY)
    grown = write("requests/R-DDDD-DDDD-DD", now - 91 * DAY)
    with payloads.storage().writing(f"{grown}/later") as out:
        out.write(b"")
    ours = write(f"requests/{known.reference}", now - 91 * DAY)
    older_than_us = write("requests/R-EEEE-EEEE-EE", now - 366 * DAY)
    assert delete_orphans(now=now) == 2
    left = {f"requests/{name}" for name in payloads.storage().names("requests")}
    assert left == {young, other, grown, ours, older_than_us}
    assert payloads.storage().names("bundles") == []


def test_nothing_is_an_orphan_where_others_write(long_used: Tenant, now: datetime, settings: Settings) -> None:
    write("requests/R-BBBB-BBBB-BB", now - 90 * DAY)
    settings.STORAGE_SHARED = True
    assert delete_orphans(now=now) == 0
    settings.STORAGE_SHARED = False
    assert delete_orphans(now=now) == 1


def test_an_empty_database_takes_nothing_for_an_orphan(tenant: Tenant, now: datetime) -> None:
    write("requests/R-BBBB-BBBB-BB", now - 90 * DAY)
    assert delete_orphans(now=now) == 0
    record(tenant=tenant, verb="tenant.added", by=SYSTEM, at=now, target=Target("tenant", "1"))
    assert delete_orphans(now=now) == 0


@pytest.mark.thorough
def test_orphans_on_s3(long_used: Tenant, settings: Settings, bucket: Bucket) -> None:
    settings.STORAGE_URL = bucket.url
    written = timezone.now()
    write("requests/R-BBBB-BBBB-BB", written)
    assert delete_orphans(now=written + 89 * DAY) == 0
    assert delete_orphans(now=written + 91 * DAY) == 1
    assert bucket.names() == []
