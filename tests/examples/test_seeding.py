"""The demo's Redis: seeded again when it has lost its rows or is another, and never over somebody else's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis

from examples.macrosora.seeding import MARK, ForeignKeysError, Seeded, _text, known_size, seed_stores
from tests.examples.conftest import REPOSITORY
from tests.examples.test_seed import dump, fingerprint

SEEDED = Seeded(40, datetime(2026, 3, 2, 8, tzinfo=UTC).isoformat())
LATER = datetime(2026, 3, 9, 8, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a demo that was seeded a week ago."""
    (tmp_path / "seeded.json").write_text(_text(SEEDED), encoding="utf-8")
    return tmp_path


def rows(url: str) -> dict[bytes, bytes]:
    with redis.Redis.from_url(url) as server:
        return {key: server.dump(key) for key in server.scan_iter()}


def empty(url: str) -> str:
    with redis.Redis.from_url(url) as server:
        server.flushdb()
    return url


def test_a_redis_without_its_rows_gets_the_same_again(folder: Path, redis_url: str) -> None:
    first, second = empty(f"{redis_url}/13"), empty(f"{redis_url}/14")
    seed_stores(folder=folder, redis_url=first, size=50, now=LATER)
    seeded = rows(first)
    assert any(key.startswith(b"session:") for key in seeded)
    assert len([key for key in seeded if key.startswith(b"flags:")]) >= 40 - 3
    with redis.Redis.from_url(first) as server:
        server.flushdb()
    for url in (first, second):
        seed_stores(folder=folder, redis_url=url, size=50, now=LATER)
        assert rows(url) == seeded


def test_rows_that_are_there_stay_as_they_are(folder: Path, redis_url: str) -> None:
    url = empty(f"{redis_url}/13")
    seed_stores(folder=folder, redis_url=url, size=50, now=LATER)
    with redis.Redis.from_url(url) as server:
        server.set("flags:1", "changed")
        seed_stores(folder=folder, redis_url=url, size=50, now=LATER)
        assert server.get("flags:1") == b"changed"


def test_somebody_elses_keys_are_left_alone_and_said(folder: Path, redis_url: str) -> None:
    url = empty(f"{redis_url}/13")
    with redis.Redis.from_url(url) as server:
        server.set("session:1", "of a shop")
    before = rows(url)
    with pytest.raises(ForeignKeysError, match="MACROSORA_REDIS_URL"):
        seed_stores(folder=folder, redis_url=url, size=50, now=LATER)
    assert rows(url) == before


class CutError(Exception):
    """The seeding ends here."""


def cut(what: str, _rows: int) -> None:
    if what == "API calls":
        raise CutError


def test_a_seeding_that_ends_in_the_middle_leaves_no_demo(tmp_path: Path, redis_url: str) -> None:
    url = empty(f"{redis_url}/13")
    with pytest.raises(CutError):
        seed_stores(folder=tmp_path, redis_url=url, size=40, now=LATER, tell=cut)
    assert (tmp_path / "app.sqlite3").exists()
    assert known_size(tmp_path) is None
    assert rows(url).keys() == {MARK.encode()}  # claimed, and no more
    assert not list(tmp_path.rglob(".days-*"))


KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from examples.macrosora.seeding import seed_stores

def tell(what, rows):
    if what == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)

seed_stores(
    folder=Path(sys.argv[1]), redis_url=sys.argv[2], size=1_500, now=datetime.fromisoformat(sys.argv[4]), tell=tell
)
"""


@pytest.mark.slow
def test_a_seeding_that_was_killed_begins_anew(tmp_path: Path, redis_url: str) -> None:
    url = empty(f"{redis_url}/13")
    folders = [tmp_path / "killed", tmp_path / "whole"]
    for stage in ("API calls", "keys of Redis"):
        command = [sys.executable, "-c", KILLED, str(folders[0]), url, stage, LATER.isoformat()]
        killed = subprocess.run(command, cwd=REPOSITORY, env=dict(os.environ), check=False)
        assert killed.returncode == -signal.SIGKILL, stage
        assert known_size(folders[0]) is None, stage
    dumps = []
    for folder in folders:
        seed_stores(folder=folder, redis_url=url, size=100, now=LATER)
        dumps.append(dump(url))
    # Smaller than the one that was killed: what that has left behind would show.
    assert fingerprint(folders[0]) == fingerprint(folders[1])
    assert dumps[0] == dumps[1]
