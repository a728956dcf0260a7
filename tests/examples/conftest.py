"""The demo platform, seeded once a run and small, with its mail service running."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from examples.macrosora.platform import MAIL_DATA, seed_platform

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
SIZE = 60
HEAVY_CALLS = 2_500
REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Platform:
    """Where a seeded platform's stores are."""

    folder: Path
    redis_url: str

    @property
    def mail_data(self) -> Path:
        return self.folder / MAIL_DATA

    @property
    def objects(self) -> Path:
        return self.folder / "objects"


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Platform:
    """Macrosora with 60 people and 2,500 heavy calls; nobody may change it."""
    made = Platform(tmp_path_factory.mktemp("macrosora"), f"{redis_url}/9")
    seed_platform(folder=made.folder, redis_url=made.redis_url, size=SIZE, now=NOW, heavy_calls=HEAVY_CALLS)
    return made


@contextmanager
def running_mail_service(data: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the mail service on a free port; yield the process and its address; it must stop cleanly."""
    command = [sys.executable, "-m", "examples.macrosora.mail_service", "--port", "0", "--data", str(data), *options]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        try:
            yield process, url
        finally:
            process.terminate()
            process.wait(timeout=10)
