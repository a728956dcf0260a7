"""Connections to a MongoDB deployment, and what its errors mean for a retry."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.errors import BSONError
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError

from dsar.stores.base import StoreConfigError, StoreError
from dsar.stores.sources import check_options, number

#: timeout: seconds to find a server, to connect and for each answer; snapshot: false reads without one.
OPTIONS = frozenset({"timeout", "snapshot"})

Document = dict[str, Any]

#: Dates have their zone; those that Python cannot hold (the year 10000) stay milliseconds, not an error.
CODEC: CodecOptions[Document] = CodecOptions(
    tz_aware=True,
    uuid_representation=UuidRepresentation.STANDARD,
    datetime_conversion=DatetimeConversion.DATETIME_AUTO,
)

_TIMEOUTS = ("serverSelectionTimeoutMS", "connectTimeoutMS", "socketTimeoutMS")
_DENIED = frozenset({13, 18, 8000})
#: The server's error codes after which the same question may be answered: elections, shutdowns, time limits,
#: cursors and snapshots that have gone.
_PASSING = frozenset(
    {6, 7, 43, 50, 63, 89, 91, 133, 134, 136, 150, 189, 202, 234, 237, 239, 246, 262}
    | {290, 317, 358, 384, 9001, 10058, 10107, 11600, 11602, 13388, 13435, 13436}
)


def make_database(url: str, options: Mapping[str, Any]) -> Database[Document]:
    """Return the database of the address, with a pool of its own; connects when first used. Raises StoreConfigError."""
    check_options("mongo", options, OPTIONS)
    milliseconds = round(number(options, "timeout", 30, least=0.1, most=600) * 1000)
    name = _database_name(url)
    times: dict[str, Any] = dict.fromkeys(_TIMEOUTS, milliseconds)
    try:
        with warnings.catch_warnings():
            # Of an option that it does not know the driver only warns, and reads without it.
            warnings.simplefilter("error", UserWarning)
            client: MongoClient[Document] = MongoClient(url, connect=False, appname="rights-portal", **times)
        return client.get_database(name, codec_options=CODEC)
    except (PyMongoError, UserWarning, ValueError, TypeError) as error:
        # The driver's words may quote the address, and the address may hold a password.
        raise StoreConfigError(f"not an address that PyMongo takes ({type(error).__name__}): {_HOW}") from None


def wants_snapshot(options: Mapping[str, Any]) -> bool:
    """Return the option `snapshot`. Raises StoreConfigError."""
    wanted = options.get("snapshot", True)
    if not isinstance(wanted, bool):
        raise StoreConfigError("option 'snapshot' must be true or false")
    return wanted


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raise PyMongo's errors as StoreError; `doing` names dataset and collection, never a value."""
    try:
        yield
    except ConnectionFailure as error:
        raise StoreError(f"{doing}: {type(error).__name__}", retry=True) from error
    except OperationFailure as error:
        raise _failure(doing, error) from error
    except (PyMongoError, BSONError) as error:
        raise StoreError(f"{doing}: {type(error).__name__}", retry=False) from error


def _failure(doing: str, error: OperationFailure) -> StoreError:
    """The server's name of the error only: its message may quote values of the query."""
    if error.code in _DENIED:
        return StoreError(f"{doing}: access is denied", retry=False)
    passing = error.code in _PASSING or error.has_error_label("TransientTransactionError")
    name = (error.details or {}).get("codeName") or f"error {error.code}"
    return StoreError(f"{doing}: the server answers {name}", retry=passing)


_HOW = "write mongodb://user:password@host:27017/database, the password percent-encoded"


def _database_name(url: str) -> str:
    """Return the database of the address; looked for here, as PyMongo's own parser would ask the DNS."""
    try:
        name = unquote(urlsplit(url).path.removeprefix("/"))
    except ValueError as error:
        raise StoreConfigError(f"not an address of a MongoDB deployment: {_HOW}") from error
    if not name:
        raise StoreConfigError(f"the address names no database: {_HOW}")
    return name
