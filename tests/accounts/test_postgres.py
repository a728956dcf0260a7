"""The chain, its triggers and the outbox on PostgreSQL, with several writers at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).parents[2]


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


@pytest.mark.postgres
def test_the_chain_and_the_outbox_hold_on_postgresql(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("CREATE DATABASE accounts_check")
    url = postgres_url.rpartition("/")[0] + "/accounts_check"
    run(["manage.py", "migrate", "accounts", "--verbosity=0"], url)
    assert run(["-c", "import django; django.setup(); import tests.accounts.postgres_check"], url) == "ok\n"
