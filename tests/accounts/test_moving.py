"""What docs/operations.md says of moving a portal that was begun on SQLite to PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).parents[2]
RECORD = """
import django; django.setup()
from datetime import UTC, datetime
from django.db import transaction
from accounts.audit import SYSTEM, Target, record
from accounts.audit.cutting import cut
from accounts.models import Tenant
tenant = Tenant.objects.create(slug="moving", name="Moving", contact_email="privacy@moving.example")
for second in range(3):
    with transaction.atomic():
        at = datetime(2026, 3, 2, 12, 0, second, 123456, tzinfo=UTC)
        record(tenant=tenant, verb="membership.added", by=SYSTEM, at=at, target=Target("user", "1"))
cut(tenant=tenant, now=datetime(2028, 3, 2, 12, 0, 1, 123456, tzinfo=UTC))
"""
LEAVE = ("contenttypes", "auth.permission", "sessions", "usersessions")


def run(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.postgres
def test_rows_and_audit_chain_move_from_sqlite_to_postgresql(tmp_path: Path, postgres_url: str) -> None:
    outside = {"DATABASE_URL", "REDIS_URL", "STORAGE_URL"}
    old = {name: value for name, value in os.environ.items() if name not in outside}
    old |= {"PORTAL_VAR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "portal.settings"}
    run(old, "manage.py", "migrate", "--verbosity=0")
    run(old, "-c", RECORD)
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("CREATE DATABASE moved")
    new = old | {"DATABASE_URL": postgres_url.rpartition("/")[0] + "/moved"}

    file = str(tmp_path / "portal.xml")
    excluded = [f"--exclude={name}" for name in LEAVE]
    run(new, "manage.py", "migrate", "--verbosity=0")
    run(old, "manage.py", "dumpdata", "--format=xml", "--natural-foreign", *excluded, f"--output={file}")
    run(new, "manage.py", "loaddata", file)
    assert run(new, "manage.py", "verify_audit").startswith("moving: 2 events after a signed cut of 2 on 2028-03-02,")
