"""The chain, its triggers, the outbox and the steps on PostgreSQL, with several writers at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).parents[2]
# In one process: each start costs a second.
CHECKS = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
import tests.accounts.postgres_check, tests.dsar.postgres_check
"""


def run(code: list[str], url: str) -> str:
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "EMAIL_URL": "dummymail://",
        "CELERY_BROKER_URL": "memory://",  # Celery reads it itself, before any setting
    }
    done = subprocess.run(
        [sys.executable, *code], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.thorough
@pytest.mark.postgres
def test_the_chain_the_outbox_and_the_steps_hold_on_postgresql(postgres_url: str) -> None:
    """The rest of the suite runs there too, by `make test-postgres`."""
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("CREATE DATABASE portal_check")
    url = postgres_url.rpartition("/")[0] + "/portal_check?options=-c%20search_path%3Dportal,public"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("CREATE SCHEMA portal")
    assert run(["-c", CHECKS], url) == "ok\nok\n"
