"""Fills the demo's stores once, and its Redis again when the server behind the address has not these rows."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import redis

from examples.macrosora.nordlicht import seed_second_tenant
from examples.macrosora.platform import seed_platform
from examples.macrosora.platform.accounts import populate
from examples.macrosora.platform.cache import write_cache

#: Says of a Redis database that it is the demo's, and whose rows it holds; the data map leaves lock* alone.
MARK = "lock-of-the-demo:rows"
_SEED = 2024


class ForeignKeysError(Exception):
    """The Redis database holds keys that the demo did not write: seeding would delete those that look like its own."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """What decides every row; `now` is an aware moment in ISO 8601."""

    size: int
    now: str


def seed_stores(*, folder: Path, redis_url: str, size: int, now: datetime) -> None:
    """Write every store if the folder has none, and the Redis of an earlier seeding if it lacks that one's rows.

    Raises ForeignKeysError, RedisError, and ValueError for fewer people than the demo's cast needs.
    """
    done = folder / "seeded.json"
    seeded = _read(done) or Seeded(size, now.isoformat())
    with redis.Redis.from_url(redis_url, decode_responses=True) as server:
        has_rows = server.get(MARK) == _text(seeded)
        if not has_rows:
            _claim(server)
        if not done.exists():
            _seed_all(folder, redis_url, size=size, now=now)
        elif not has_rows:
            population = populate(size=seeded.size, seed=_SEED, now=datetime.fromisoformat(seeded.now))
            write_cache(redis_url=redis_url, population=population)
        server.set(MARK, _text(seeded))
    done.write_text(_text(seeded), encoding="utf-8")


def _read(path: Path) -> Seeded | None:
    return Seeded(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def _text(seeded: Seeded) -> str:
    return json.dumps(asdict(seeded))


def _claim(server: redis.Redis) -> None:
    """Mark an empty database as the demo's before the first row, so that a start cut short is no riddle to the next."""
    if server.dbsize() and not server.exists(MARK):
        raise ForeignKeysError(
            "This Redis database holds keys that are not the demo's, and seeding would delete some: "
            "name an empty one in MACROSORA_REDIS_URL"
        )
    server.set(MARK, "")


def _seed_all(folder: Path, redis_url: str, *, size: int, now: datetime) -> None:
    second = folder / "nordlicht"
    second.mkdir(parents=True, exist_ok=True)
    seed_platform(folder=folder, redis_url=redis_url, size=size, seed=_SEED, now=now)
    seed_second_tenant(folder=second, now=now)
