"""Whether what the environment names answers, asked before the first table is made."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from redis import Redis, RedisError

from dsar.storage import StorageUrlError, open_storage

_SECONDS = 5


class AwayError(Exception):
    """Something that the environment names cannot be used; the message names the variable."""


def ask_services() -> None:
    """Ask the database, the broker and the storage. Raises AwayError for the first that does not answer."""
    for variable, ask in _SERVICES.items():
        try:
            ask()
        except (DatabaseError, RedisError, OSError, StorageUrlError, ValueError) as error:
            reason = str(error).partition("\n")[0] or type(error).__name__
            raise AwayError(f"{variable} names something that cannot be used: {reason}") from error


def _broker() -> None:
    with Redis.from_url(settings.REDIS_URL, socket_connect_timeout=_SECONDS, socket_timeout=_SECONDS) as client:
        client.ping()


def _storage() -> None:
    open_storage(settings.STORAGE_URL).check()


_SERVICES: dict[str, Callable[[], object]] = {
    "DATABASE_URL": lambda: connection.ensure_connection(),  # the settings are not known yet
    "REDIS_URL": _broker,
    "STORAGE_URL": _storage,
}
