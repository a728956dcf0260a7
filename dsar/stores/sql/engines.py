"""Database engines: one a process for each address, reading in one transaction that changes nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import sqlite3
import unicodedata
import warnings
from collections.abc import Mapping
from functools import partial
from threading import Lock
from time import monotonic
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SAWarning
from sqlalchemy.pool import NullPool

from dsar.stores.base import StoreConfigError
from dsar.stores.parsing import exact_number
from dsar.stores.sources import check_options, number
from dsar.stores.sql import mariadb, postgres
from dsar.stores.sql.fetching import declare_cursors

#: pool_size: connections; connect_timeout: s; statement_timeout: s (PostgreSQL: of one fetch); max_rows: of one read.
OPTIONS = frozenset({"pool_size", "connect_timeout", "statement_timeout", "max_rows"})

_SNAPSHOT_OPTIONS: Mapping[str, dict[str, Any]] = {
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
    "mssql": {"isolation_level": "SNAPSHOT"},
    "oracle": {"isolation_level": "SERIALIZABLE"},
}

#: Of SQLite's machine, between two looks at the clock: some milliseconds.
_INSTRUCTIONS = 200_000

_engines: dict[tuple[str, str], Engine] = {}
_lock = Lock()


def get_engine(url: str, options: Mapping[str, Any], *, writes: bool = False) -> Engine:
    """Return this process's engine of the address; through it nothing is changed unless it `writes`.

    Raises StoreConfigError for a wrong address or option.
    """
    check_options("sql", options, OPTIONS)
    key = (url, json.dumps([options, writes], sort_keys=True, default=str))
    with _lock:
        if key not in _engines:
            _engines[key] = _create(url, options, writes=writes)
        return _engines[key]


def snapshot_options(engine: Engine) -> dict[str, Any]:
    """Return the execution options that make a transaction one read-only snapshot, where the dialect has them."""
    return _SNAPSHOT_OPTIONS.get(engine.dialect.name, {})


def changing_options(engine: Engine) -> dict[str, Any]:
    """Return the execution options of a transaction that changes rows: of one snapshot, too."""
    read_only = {"postgresql_readonly": False} if engine.dialect.name == "postgresql" else {}
    return {**snapshot_options(engine), **read_only}


def short_options(engine: Engine) -> dict[str, Any]:
    """Return the execution options of a short transaction that changes rows as they are by then, of no snapshot."""
    if engine.dialect.name == "sqlite":
        return {}
    read_only = {"postgresql_readonly": False} if engine.dialect.name == "postgresql" else {}
    return {"isolation_level": "READ COMMITTED", **read_only}


def dispose(engine: Engine) -> None:
    """Close the engine's connections and forget it; the next one who asks gets a new one."""
    with _lock:
        for key in [key for key, known in _engines.items() if known is engine]:
            del _engines[key]
    engine.dispose()


def forget_engines() -> None:
    """Drop every engine without closing its connections: they belong to the parent of this forked process."""
    global _lock  # the parent's lock may have been held by a thread that the fork did not copy
    _lock = Lock()
    for engine in _engines.values():
        engine.dispose(close=False)
    _engines.clear()


def _create(url: str, options: Mapping[str, Any], *, writes: bool) -> Engine:
    try:
        address = make_url(url)
        build = _BUILDERS.get(address.get_backend_name(), _other)
        return build(address, options, writes)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, ValueError) as error:
        # Not the message of SQLAlchemy: it repeats the address, and that may hold a password.
        raise StoreConfigError(f"not an address of a database: {type(error).__name__}") from error


# An error's text must not repeat whose rows were asked for.
_DISCREET = {"hide_parameters": True}


def _pool(options: Mapping[str, Any]) -> dict[str, Any]:
    size = int(number(options, "pool_size", 5, least=1, most=100))
    return {"pool_size": size, "pool_pre_ping": True, **_DISCREET}


def _other(address: URL, options: Mapping[str, Any], _writes: bool) -> Engine:
    return create_engine(address, **_pool(options))


def _seconds(options: Mapping[str, Any]) -> tuple[int, float]:
    """Return how long connecting and a statement may take."""
    connect = int(number(options, "connect_timeout", 10, least=1, most=600))
    return connect, number(options, "statement_timeout", 600, least=1, most=86_400)


def _mariadb(address: URL, options: Mapping[str, Any], writes: bool) -> Engine:
    if "+" not in address.drivername:
        address = address.set(drivername=f"{address.drivername}+pymysql")
    connect, statement = _seconds(options)
    # The server ends a statement that takes too long; a server that says nothing at all is left a little later.
    settings = {"charset": "utf8mb4", "connect_timeout": connect, "read_timeout": statement + connect}
    engine = create_engine(address, connect_args=settings, isolation_level="REPEATABLE READ", **_pool(options))
    mode = mariadb.STRICT if writes else ""
    engine.dialect.ischema_names = {**engine.dialect.ischema_names, **mariadb.MORE_TYPES}  # type: ignore[attr-defined]
    event.listen(engine, "connect", partial(mariadb.prepare_connection, seconds=statement, sql_mode=mode))
    begin = mariadb.BEGIN_CHANGES if writes else mariadb.BEGIN
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    event.listen(engine, "handle_error", mariadb.forget_lost_result)
    return engine


def _postgresql(address: URL, options: Mapping[str, Any], _writes: bool) -> Engine:
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    connect, seconds = _seconds(options)
    statement = int(seconds * 1000)
    # The address may set options too, such as a search_path; ours must not take their place.
    settings = f"{address.query.get('options', '')} -c statement_timeout={statement} -c timezone=UTC -c datestyle=ISO"
    engine = create_engine(
        address,
        connect_args={"connect_timeout": connect, "options": settings.strip()},
        json_deserializer=partial(json.loads, parse_float=exact_number),
        **_pool(options),
    )
    # A type that SQLAlchemy does not know (xml, a composite) is read as the text that PostgreSQL writes.
    warnings.filterwarnings("ignore", "Did not recognize type", SAWarning)
    event.listen(engine, "do_connect", partial(postgres.connect, seconds=seconds + connect))
    event.listen(engine, "connect", postgres.prepare_connection)
    declare_cursors(engine)
    return engine


def _sqlite(address: URL, options: Mapping[str, Any], writes: bool) -> Engine:
    if not address.database or address.database == ":memory:":
        raise StoreConfigError("sqlite: the address must name a file, as sqlite:////folder/name.db does")
    seconds = number(options, "connect_timeout", 10, least=0, most=600)
    statement = number(options, "statement_timeout", 600, least=1, most=86_400)
    # A missing file must be an error, not a new empty database in which nobody has any data.
    target = f"file:{quote(address.database)}?mode={'rw' if writes else 'ro'}"
    connect = partial(sqlite3.connect, target, uri=True, timeout=seconds, isolation_level=None, check_same_thread=False)
    # Opening a file costs next to nothing, and a connection kept would go on reading a file that was replaced.
    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool, **_DISCREET)
    event.listen(engine, "connect", _prepare_sqlite)
    # Who means to write says so first: two that read and then write would each wait for the other.
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    event.listen(engine, "before_cursor_execute", partial(_limit_time, seconds=statement))
    return engine


def _limit_time(connection: Any, _cursor: Any, *_statement: Any, seconds: float) -> None:
    """End the statement, or the reading of its rows, that is not done in time: SQLite has no such setting."""
    end = monotonic() + seconds
    connection.connection.dbapi_connection.set_progress_handler(lambda: monotonic() > end, _INSTRUCTIONS)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # A column of text takes any bytes, and one such row of anybody's would stop everybody's request.
    connection.text_factory = _text
    # SQLite's own lower() knows ASCII alone and would miss an address such as JOSÉ@example.org.
    connection.create_function("dsar_fold", 1, _fold, deterministic=True)
    connection.create_function("dsar_hmac", 2, _hmac, deterministic=True)
    # Off unless somebody asks: without it a deletion would leave rows that name what is no more.
    connection.execute("PRAGMA foreign_keys = ON")


def _text(data: bytes) -> str | bytes:
    """Return what is UTF-8 as text, and what is not as the bytes that it is."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def _fold(data: bytes | None) -> Any:
    value = None if data is None else _text(data)
    return unicodedata.normalize("NFC", value).casefold() if isinstance(value, str) else value


def _hmac(key: bytes, value: Any) -> str | None:
    data = value if isinstance(value, bytes) else str(value).encode()
    return None if value is None else hmac.new(key, data, hashlib.sha256).hexdigest()


_BUILDERS = {"postgresql": _postgresql, "sqlite": _sqlite, "mysql": _mariadb, "mariadb": _mariadb}

os.register_at_fork(after_in_child=forget_engines)
