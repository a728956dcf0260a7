"""Connections to a Redis server, and what its errors mean for a retry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from redis import Redis
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    ClusterDownError,
    ConnectionError,
    NoPermissionError,
    RedisError,
    ResponseError,
    TimeoutError,
    TryAgainError,
)

from dsar.stores.base import StoreConfigError, StoreError
from dsar.stores.sources import check_options, number

#: timeout: seconds for a connection and for each answer.
OPTIONS = frozenset({"timeout"})


def make_client(url: str, options: Mapping[str, Any]) -> Redis:
    """Return a client with a pool of its own; connects when first used. Raises StoreConfigError."""
    check_options("redis", options, OPTIONS)
    timeout = number(options, "timeout", 30, least=0.1, most=600)
    try:
        client = Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout)
    except (ValueError, TypeError) as error:
        raise StoreConfigError("not an address of a Redis server: write redis://host:port/number") from error
    if client.get_connection_kwargs().get("decode_responses"):
        raise StoreConfigError("take decode_responses out of the address: values that are not UTF-8 must stay bytes")
    return client


def check_standalone(client: Redis, doing: str) -> None:
    """Raise StoreError for a node of a cluster: SCAN would name its own keys only, and nobody would miss the others."""
    mode = _mode(client)
    if mode != b"standalone":
        what = f"this server is in {mode.decode()} mode, which is not supported: one node would be read of many"
        raise StoreError(f"{doing}: {what}", retry=False)


def _mode(client: Redis) -> bytes:
    """Return what the server says it is; HELLO is open to every account, and unknown before Redis 6."""
    try:
        facts: Any = client.execute_command("HELLO")  # type: ignore[no-untyped-call]
    except ResponseError:
        return b"cluster" if client.info("cluster").get("cluster_enabled") else b"standalone"
    named = facts if isinstance(facts, dict) else dict(zip(facts[::2], facts[1::2], strict=True))
    return cast(bytes, named[b"mode"])


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raise redis-py's errors as StoreError; `doing` names dataset and pattern, never a key."""
    try:
        yield
    except (AuthenticationError, AuthorizationError, NoPermissionError) as error:
        raise StoreError(f"{doing}: access is denied", retry=False) from error
    except (ConnectionError, TimeoutError) as error:
        words = "does not answer in time" if isinstance(error, TimeoutError) else "does not answer"
        raise StoreError(f"{doing}: the server {words} ({type(error).__name__})", retry=True) from error
    except RedisError as error:
        raise StoreError(f"{doing}: {_named(error)}", retry=_passes(error)) from error


def _named(error: RedisError) -> str:
    """Return the error's code, its first word in capitals; the rest may quote a command and its key."""
    code = str(error).partition(" ")[0]
    return f"the server answers {code}" if code.isupper() else type(error).__name__


def _passes(error: RedisError) -> bool:
    """Return whether waiting helps: a script that runs, a replica that catches up, a move of slots."""
    return isinstance(error, ClusterDownError | TryAgainError) or str(error).startswith(("BUSY ", "LOADING "))
