"""Keys of the Redis server: sessions, feature flags, rate counters, and a lock that is nobody's."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import orjson
import redis

from examples.macrosora import cast
from examples.macrosora.platform import chance
from examples.macrosora.platform.accounts import Account, Population

_PATTERNS = ("session:*", "flags:*", "rate:*", "lock:*")
_WINDOWS = 3


def write_cache(*, redis_url: str, population: Population) -> None:
    """Replace the platform's keys of that Redis database; keys of other patterns stay. Raises RedisError."""
    with redis.Redis.from_url(redis_url) as server:
        pipeline = server.pipeline(transaction=False)
        for pattern in _PATTERNS:
            for key in server.scan_iter(match=pattern, count=1_000):
                pipeline.delete(key)
        _fill(pipeline, population)
        pipeline.execute()


def _fill(pipeline: Any, population: Population) -> None:
    draw = population.stream("cache")
    pipeline.set("lock:nightly-report", "worker-3")
    for account in population.accounts:
        for _ in range(draw.randint(1, 2)):
            pipeline.hset(f"session:{chance.uuid(draw)}", mapping=_session(population, account, draw))
        pipeline.set(f"flags:{account.id}", orjson.dumps(_flags(draw)))
        for back in range(1, _WINDOWS + 1):
            window = population.today - timedelta(days=back)
            pipeline.set(f"rate:{account.id}:{window:%Y-%m-%d}", str(draw.choice((0, draw.randrange(900)))))


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
