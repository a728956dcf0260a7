"""Fills the demo's stores once, and its Redis again when the server behind the address has not these rows.

`seeded.json` is written when all of them are full: a seeding that was cut short begins anew at the next start.
"""

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
from examples.macrosora.platform.progress import Tell, silent

#: Says of a Redis database that it is the demo's, and whose rows it holds; the data map leaves lock* alone.
MARK = "lock-of-the-demo:rows"
_SEED = 2024
_DONE = "seeded.json"


class ForeignKeysError(Exception):
    """The Redis database holds keys that the demo did not write: seeding would delete those that look like its own."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """What decides every row; `now` is an aware moment in ISO 8601."""

    size: int
    now: str


def known_size(folder: Path) -> int | None:
    """Return how many people the folder's demo has; None if it has no whole one."""
    seeded = _read(folder / _DONE)
    return seeded.size if seeded else None


def seeding_of(folder: Path) -> str:
    """Return what tells this seeding from others. Raises OSError if the folder has no whole one."""
    return (folder / _DONE).read_text(encoding="utf-8")


def seed_stores(*, folder: Path, redis_url: str, size: int, now: datetime, tell: Tell = silent) -> None:
    """Write every store if the folder has none, and the Redis of an earlier seeding if it lacks that one's rows.

    `tell` hears how far it is. Raises ForeignKeysError; RedisError, SQLAlchemyError or OSError of a store that does
    not take its rows; and ValueError for fewer people than the demo's cast needs.
    """
    done = folder / _DONE
    seeded = _read(done) or Seeded(size, now.isoformat())
    with redis.Redis.from_url(redis_url, decode_responses=True) as server:
        has_rows = server.get(MARK) == _text(seeded)
        if not has_rows:
            _claim(server)
        if not done.exists():
            _seed_all(folder, redis_url, size=size, now=now, tell=tell)
        elif not has_rows:
            population = populate(size=seeded.size, seed=_SEED, now=datetime.fromisoformat(seeded.now))
            write_cache(redis_url=redis_url, population=population, tell=tell)
        server.set(MARK, _text(seeded))
    _write(done, _text(seeded))


def _write(path: Path, text: str) -> None:
    """Write a file that is there as a whole or not at all."""
    unfinished = path.with_suffix(".new")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


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


def _seed_all(folder: Path, redis_url: str, *, size: int, now: datetime, tell: Tell) -> None:
    second = folder / "nordlicht"
    second.mkdir(parents=True, exist_ok=True)
    seed_platform(folder=folder, redis_url=redis_url, size=size, seed=_SEED, now=now, tell=tell)
    seed_second_tenant(folder=second, now=now)
