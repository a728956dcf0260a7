"""Connections to a Redis server, and what its errors mean for a retry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from redis import Redis
from redis.exceptions import AuthenticationError, AuthorizationError, ConnectionError, RedisError, TimeoutError

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


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raise redis-py's errors as StoreError; `doing` names dataset and pattern, never a key."""
    try:
        yield
    except (AuthenticationError, AuthorizationError) as error:
        raise StoreError(f"{doing}: access is denied", retry=False) from error
    except (ConnectionError, TimeoutError) as error:
        raise StoreError(f"{doing}: {type(error).__name__}", retry=True) from error
    except RedisError as error:
        # The first word is the error's code; the rest may quote a command and its key.
        raise StoreError(f"{doing}: {str(error).partition(' ')[0]}", retry=False) from error
