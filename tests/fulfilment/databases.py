"""Where the random worlds are written: SQLite files, whose columns hold anything, and servers, whose columns do not."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import Engine, make_url, text

from dsar.values import Row, Value
from tests.fulfilment.worlds import DATASETS, Case
from tests.stores.sql_servers import SqlServer, new_database


class Backend(Protocol):
    """A kind of database that worlds are written to; `typed` if its columns have types."""

    typed: bool

    def write(self, case: Case) -> Mapping[str, str]:
        """Write the rows of a world in place of the last one's; return the address of each dataset."""

    def read(self, case: Case, number: int, row: Row) -> Row:
        """Return a row as this kind of database gives it back."""


@dataclass(frozen=True)
class SqliteFiles:
    """A file a dataset."""

    folder: Path
    typed = False

    def write(self, case: Case) -> Mapping[str, str]:
        for dataset in DATASETS:
            file = self.folder / f"{dataset}.sqlite3"
            file.unlink(missing_ok=True)
            with closing(sqlite3.connect(file, isolation_level=None)) as database:
                database.execute("pragma synchronous = off")
                database.execute("begin")
                for number in case.numbers_of(dataset):
                    _fill(database, case, number)
                database.execute("commit")
        return {dataset: f"sqlite:///{self.folder}/{dataset}.sqlite3" for dataset in DATASETS}

    def read(self, case: Case, number: int, row: Row) -> Row:
        return {name: _boolean(value, case.types.get((number, name))) for name, value in row.items()}


def _fill(database: sqlite3.Connection, case: Case, number: int) -> None:
    columns = case.columns(number)
    database.execute(f"create table c{number}({', '.join(columns)})")
    marks = ", ".join("?" * len(columns))
    lines = [[row[column] for column in columns] for row in case.rows[number]]
    database.executemany(f"insert into c{number} values ({marks})", lines)  # noqa: S608  # numbers of ours


def _boolean(value: Value, declared: str | None) -> Value:
    """Return the numbers 0 and 1 as what they are declared to be, for a database without booleans."""
    return bool(value) if declared == "boolean" and type(value) is int and value in (0, 1) else value


@dataclass(frozen=True)
class Postgresql:
    """One database with a schema a dataset."""

    server: SqlServer
    typed = True

    def write(self, case: Case) -> Mapping[str, str]:
        with self.server.writer.begin() as connection:
            for dataset in DATASETS:
                connection.execute(text(f"drop schema if exists {dataset} cascade; create schema {dataset}"))
                for number in case.numbers_of(dataset):
                    for statement, rows in _statements(case, number, dataset, _POSTGRESQL):
                        connection.execute(text(statement), rows)
        return {dataset: f"{self.server.url}?options=-csearch_path%3D{dataset}" for dataset in DATASETS}

    def read(self, case: Case, number: int, row: Row) -> Row:
        return row


class Mariadb:
    """A database a dataset, of one server."""

    typed = True

    def __init__(self, server: SqlServer) -> None:
        self._url = make_url(server.url)
        self._writer: Engine = server.writer
        with self._writer.begin() as connection:
            for dataset in DATASETS:
                # The collation that finds most: other case, accents and trailing spaces are equal to it.
                kind = "character set utf8mb4 collate utf8mb4_general_ci"
                connection.execute(text(f"create or replace database {self._name(dataset)} {kind}"))

    def write(self, case: Case) -> Mapping[str, str]:
        with self._writer.begin() as connection:
            for dataset in DATASETS:
                tables = ", ".join(f"{self._name(dataset)}.c{number}" for number in range(len(case.rows)))
                connection.execute(text(f"drop table if exists {tables}"))
                for number in case.numbers_of(dataset):
                    for statement, rows in _statements(case, number, self._name(dataset), _MARIADB):
                        connection.execute(text(statement), rows)
        return {dataset: str(self._url.set(database=self._name(dataset))) for dataset in DATASETS}

    def read(self, case: Case, number: int, row: Row) -> Row:
        return {name: self._value(case, (number, name), value) for name, value in row.items()}

    def _value(self, case: Case, column: tuple[int, str], value: Value) -> Value:
        number = int(value) if isinstance(value, bool) else value
        return _boolean(number, case.types.get(column))

    def _name(self, dataset: str) -> str:
        return f"{self._url.database}_{dataset}"


_POSTGRESQL = {"double": "double precision", "text": "text", "numeric": "numeric"}
_MARIADB = {"double": "double", "text": "varchar(50)", "numeric": "decimal(20, 5)"}


def _statements(
    case: Case, number: int, place: str, names: Mapping[str, str]
) -> list[tuple[str, list[dict[str, Value]] | None]]:
    columns = case.columns(number)
    types = [case.real[number, column] for column in columns]
    made = ", ".join(f"{column} {names.get(kind, kind)}" for column, kind in zip(columns, types, strict=True))
    marks = ", ".join(f":{column}" for column in columns)
    rows = [{column: row[column] for column in columns} for row in case.rows[number]]
    insert = f"insert into {place}.c{number} values ({marks})"  # noqa: S608  # names of ours
    return [(f"create table {place}.c{number} ({made})", None), *([(insert, rows)] if rows else [])]


def backend(request: pytest.FixtureRequest, kind: str, folder: Path) -> Backend:
    """Return a new database of a kind to write worlds to."""
    if kind == "sqlite":
        return SqliteFiles(folder)
    server = new_database(request, kind, folder)
    request.addfinalizer(server.writer.dispose)
    return Postgresql(server) if kind == "postgresql" else Mariadb(server)


def printed(row: Row) -> str:
    """Return a row so that rows of equal values of equal types print alike; 1.00 and 1 are equal decimals."""
    return repr(sorted((name, _bare(value)) for name, value in row.items()))


def _bare(value: Value) -> Value:
    return value.normalize() + 0 if isinstance(value, Decimal) else value
