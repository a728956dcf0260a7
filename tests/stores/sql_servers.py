"""Empty SQL databases to test on, with a writing engine beside the store's own reading one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from tests.servers import deaf_port

SQL_SERVERS = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.postgres),
    pytest.param("mariadb", marks=pytest.mark.mariadb),
]
_numbers = count(1)


@dataclass(frozen=True)
class SqlServer:
    """`writer` changes the database behind `url`; nothing answers at `down_url`."""

    url: str
    down_url: str
    writer: Engine

    @property
    def kind(self) -> str:
        return self.url.partition(":")[0]

    @property
    def is_sqlite(self) -> bool:
        return self.kind == "sqlite"

    def url_of(self, user: str) -> str:
        """Return the address for another account of the server, one without a password."""
        return str(make_url(self.url).set(username=user))


@contextmanager
def make_server(request: pytest.FixtureRequest, folder: Path) -> Iterator[SqlServer]:
    """Yield a database of the kind that the fixture's parameter names."""
    server = new_database(request, request.param, folder)
    try:
        yield server
    finally:
        server.writer.dispose()


def new_database(request: pytest.FixtureRequest, kind: str, folder: Path) -> SqlServer:
    """Return an empty database of a kind; SQLite's is a file in `folder`."""
    if kind == "sqlite":
        return _sqlite(folder)
    if kind == "mariadb":
        return _mariadb(request.getfixturevalue("mariadb_url"))
    return _postgresql(request.getfixturevalue("postgres_url"))


def _sqlite(folder: Path) -> SqlServer:
    writer = create_engine(f"sqlite:///{folder}/shop.db")
    with writer.connect() as connection:
        connection.execute(text("PRAGMA journal_mode=WAL"))
    return SqlServer(f"sqlite:///{folder}/shop.db", f"sqlite:///{folder}/missing.db", writer)


def _postgresql(maintenance: str) -> SqlServer:
    url = make_url(maintenance)
    name = f"stores_{next(_numbers)}"
    admin = create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    url = url.set(database=name)
    writer = create_engine(url.set(drivername="postgresql+psycopg"))
    return SqlServer(str(url), str(url.set(port=deaf_port())), writer)


def _mariadb(maintenance: str) -> SqlServer:
    url = make_url(maintenance)
    name = f"stores_{next(_numbers)}"
    admin = create_engine(url.set(drivername="mariadb+pymysql"))
    with admin.begin() as connection:
        connection.execute(text(f"CREATE DATABASE {name} CHARACTER SET utf8mb4"))
    admin.dispose()
    url = url.set(database=name)
    writer = create_engine(url.set(drivername="mariadb+pymysql"))
    return SqlServer(str(url), str(url.set(port=deaf_port())), writer)


_MARK = r"(?:\?|%\(\w+\)s)"
_MARKS = rf"(?:{_MARK}|\({_MARK}(?:, {_MARK})*\))"


def as_told(statement: str) -> str:
    """Return a statement as `explain` writes it: without the cursor it is read through, lists of values cut short."""
    statement = re.sub(r"^DECLARE \w+ NO SCROLL CURSOR FOR ", "", statement)
    return re.sub(rf" IN \((?:VALUES )?{_MARKS}(?:, {_MARKS})*\)", " IN (…)", statement)
