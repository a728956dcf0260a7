"""The team's queue with a register of so many requests: milliseconds of each kind of page, on both databases.

What is measured is the whole answer: sign-in, permissions, counts of every view, rows, template. The aim is 100 ms.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.bench.queue_pages import summary
from tools.bench.rows import Measured
from tools.postgres import running_postgres
from tools.site import ROOT

_AIM = 100.0  # milliseconds
_SETTINGS = ("shared_buffers=512MB", "max_wal_size=8GB")


def rows(count: int) -> Iterator[Measured]:
    """Yield the median of each kind of page, the worst beside it."""
    with tempfile.TemporaryDirectory(prefix="portal-queue-") as folder:
        yield from _measured("SQLite", count, Path(folder), f"sqlite:///{folder}/portal.sqlite3")
    with (
        tempfile.TemporaryDirectory(prefix="portal-queue-") as folder,
        running_postgres(Path(folder), *_SETTINGS) as url,
    ):
        yield from _measured("PostgreSQL", count, Path(folder), url)


def _measured(database: str, count: int, folder: Path, url: str) -> Iterator[Measured]:
    ours = {"DATABASE_URL": url, "PORTAL_VAR": str(folder / "var"), "LOG_LEVEL": "WARNING"}
    command = [sys.executable, "-m", "tools.bench.queue_pages", str(count)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | ours, check=True, stdout=subprocess.PIPE, text=True)
    for name, took in json.loads(done.stdout.splitlines()[-1]).items():
        median, worst, worked, served = summary(took)
        told = (
            f"worst {worst:.0f} ms of {len(took)}; {worked:.0f} ms of the processor, {served:.0f} of them the server's"
        )
        yield Measured(f"{database}: {name}", median, _AIM, "ms", told)
