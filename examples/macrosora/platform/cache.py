"""Keys of the Redis server: sessions, feature flags, rate counters, and a lock that is nobody's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import chain, islice
from random import Random
from typing import Any

import orjson
import redis

from examples.macrosora import cast
from examples.macrosora.platform import chance
from examples.macrosora.platform.accounts import Account, Population
from examples.macrosora.platform.progress import Tell, silent, told

_PATTERNS = ("session:*", "flags:*", "rate:*", "lock:*")
_WINDOWS = 3
_COMMANDS_AT_ONCE = 2_000
#: Adds one command to a pipeline.
_Command = Callable[[Any], Any]


def write_cache(*, redis_url: str, population: Population, tell: Tell = silent) -> None:
    """Replace the platform's keys of that Redis database; keys of other patterns stay. Raises RedisError."""
    with redis.Redis.from_url(redis_url) as server:
        old = [key for pattern in _PATTERNS for key in server.scan_iter(match=pattern, count=1_000)]
        commands = chain(map(_delete, old), told(_fill(population), tell, "keys of Redis"))
        while some := list(islice(commands, _COMMANDS_AT_ONCE)):
            pipeline = server.pipeline(transaction=False)
            for command in some:
                command(pipeline)
            pipeline.execute()


def _delete(key: bytes) -> _Command:
    return lambda pipeline: pipeline.delete(key)


def _set(key: str, value: str | bytes) -> _Command:
    return lambda pipeline: pipeline.set(key, value)


def _hash(key: str, fields: dict[str, str]) -> _Command:
    return lambda pipeline: pipeline.hset(key, mapping=fields)


def _fill(population: Population) -> Iterator[_Command]:
    draw = population.stream("cache")
    yield _set("lock:nightly-report", "worker-3")
    for account in population.accounts:
        for _ in range(draw.randint(1, 2)):
            yield _hash(f"session:{chance.uuid(draw)}", _session(population, account, draw))
        yield _set(f"flags:{account.id}", orjson.dumps(_flags(draw)))
        for back in range(1, _WINDOWS + 1):
            window = population.today - timedelta(days=back)
            yield _set(f"rate:{account.id}:{window:%Y-%m-%d}", str(draw.choice((0, draw.randrange(900)))))


def _session(population: Population, account: Account, draw: Random) -> dict[str, str]:
    started = chance.moment(draw, today=population.today, newest=2)
    return {
        "person_id": str(account.id),
        "ip_address": chance.address(draw),
        "user_agent": chance.user_agent(draw),
        "started_at": chance.iso(started),
        "last_seen_at": chance.iso(started + timedelta(minutes=draw.randrange(300))),
        "last_page": draw.choice(("", "/billing")),
        "csrf_token": cast.secret("csrf", draw.getrandbits(48)),
    }


def _flags(draw: Random) -> dict[str, Any]:
    return {
        "beta_editor": draw.random() < 0.3,
        "rollout_bucket": draw.randrange(100),
        "plan_override": draw.choice((None, "", "trial")),
    }
