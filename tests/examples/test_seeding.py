"""The demo's Redis: seeded again when it has lost its rows or is another, and never over somebody else's."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis

from examples.macrosora.seeding import ForeignKeysError, Seeded, _text, seed_stores

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
