"""The real tables behind the collections, as the database describes them at the moment of a snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Inspector, Select, TableClause, column, inspect, select, table
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects import mysql
from sqlalchemy.engine.reflection import ObjectKind, ObjectScope
from sqlalchemy.types import Double, TypeEngine

from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import StoreError
from dsar.stores.noticing import Noticed
from dsar.stores.sources import check_keys, text
from dsar.stores.sql import mariadb, postgres
from dsar.stores.sql.remembering import Told

Name = tuple[str | None, str]


def check_source(collection: Collection) -> None:
    """Raise StoreConfigError unless `source` is empty or `{table: name}` or `{table: schema.name}`."""
    check_keys(collection, allowed=("table",))
    text(collection, "table")


def table_name(collection: Collection, dataset: Dataset) -> Name:
    """Return (schema or None, table) of a collection: its own name unless its source says another.

    A table that is named without its schema stands in the one of the dataset's `namespace`, as Fides reads it.
    """
    schema, _dot, name = text(collection, "table", collection.name).rpartition(".")
    return (schema or _schema(dataset), name)


def _schema(dataset: Dataset) -> str | None:
    namespace = dataset.extra.get("namespace")
    found = namespace.get("schema", namespace.get("dataset_id")) if isinstance(namespace, Mapping) else None
    return found if isinstance(found, str) and found else None


@dataclass(frozen=True, slots=True)
class Table:
    """A real table: a clause with untyped columns (values come as the driver gives them), and its types."""

    clause: TableClause
    types: Mapping[str, TypeEngine[Any]]
    read_as: Mapping[str, TypeEngine[Any]] = field(default_factory=dict)

    def read(self, name: str) -> ColumnElement[Any]:
        """Return the expression that reads a column without loss, in the form that dsar.stores.sql.values reads."""
        found, kind = self.clause.c[name], self.types[name]
        if isinstance(kind, mysql.FLOAT):  # MariaDB writes one with six digits only
            return sql_cast(found, Double)
        return sql_cast(found, self.read_as[name]) if name in self.read_as else found

    def select(self, names: Iterable[str], condition: ColumnElement[bool]) -> Select[Any]:
        """Return the statement that reads these columns of the rows that fit."""
        return select(*(self.read(name) for name in names)).where(condition)


def make_table(name: Name, types: Mapping[str, TypeEngine[Any]], dialect: str) -> Table:
    """Return the table of that name with columns of these types."""
    clause = table(name[1], *(column(key) for key in types), schema=name[0])
    if dialect != "postgresql":
        return Table(clause, types)
    types = {key: postgres.without_domain(kind) for key, kind in types.items()}
    read_as = {key: kind for key, real in types.items() if (kind := postgres.read_as(real))}
    return Table(clause, types, read_as)


class Tables:
    """Looks every table up once; notes columns and tables that are not declared.

    `told` is what was told of them in earlier transactions, if anything is.
    """

    def __init__(self, dataset: Dataset, connection: Connection, noticed: Noticed, told: Told | None = None) -> None:
        self._dataset = dataset
        self._connection = connection
        self._inspector: Inspector = inspect(connection)
        self._noticed = noticed
        self._told = told or Told()
        self._declared = _declared_columns(dataset)
        self._are_noted = False

    def get(self, collection: Collection) -> Table:
        """Return the collection's table. Raises StoreError (not for retry) if it or a declared column is gone."""
        name = table_name(collection, self._dataset)
        found = self._told.recall(("table", name), lambda: self.look_up(name))
        for item in collection.readable:
            if item.name not in found.types:
                raise StoreError(f"{collection.dataset}:{collection.name}: no column {item.name!r}", retry=False)
        self._note_columns(collection, name, found)
        return found

    @property
    def names(self) -> frozenset[str]:
        """The names of the declared tables, without their schemas."""
        return frozenset(name for _, name in self._declared)

    @property
    def addresses(self) -> list[tuple[str | None, str, str]]:
        """The columns that hold addresses: schema (None: the default one), table, column."""
        return [
            (*table_name(collection, self._dataset), item.name)
            for collection in self._dataset.collections
            for item in collection.fields
            if item.identity == "email" and not item.fields and not collection.skip_processing
        ]

    def note_tables(self) -> None:
        """Note every table of the visited schemas that no collection stands for: once, and only if somebody asks."""
        if self._are_noted:
            return
        self._are_noted = True
        for schema in sorted({name[0] for name in self._declared}, key=lambda name: name or ""):
            for name in table_names(self._connection, self._inspector, schema):
                if (schema, name) not in self._declared:
                    self._noticed.collection(f"{schema}.{name}" if schema else name)

    def _columns(self, schema: str | None, name: str) -> dict[str, TypeEngine[Any]]:
        if self._connection.dialect.name in mariadb.DIALECTS:
            return mariadb.columns(self._connection, schema, name)
        if self._connection.dialect.name == "postgresql":
            return self._columns_at_once(schema, name)
        return {item["name"]: item["type"] for item in self._inspector.get_columns(name, schema)}

    def _columns_at_once(self, schema: str | None, name: str) -> dict[str, TypeEngine[Any]]:
        """Look up all declared tables of the schema with the first one: a statement each takes longer than the rows."""
        known = self._told.recall(("columns", schema), lambda: self._declared_in(schema))
        if name not in known:
            return {item["name"]: item["type"] for item in self._inspector.get_columns(name, schema)}
        return known[name]

    def _declared_in(self, schema: str | None) -> dict[str, dict[str, TypeEngine[Any]]]:
        declared = [found for of, found in self._declared if of == schema]
        found = self._inspector.get_multi_columns(schema, declared, ObjectKind.ANY, ObjectScope.ANY)
        return {name: {item["name"]: item["type"] for item in items} for (_, name), items in found.items()}

    def look_up(self, name: Name) -> Table:
        """Return any table, declared or not."""
        return make_table(name, self._columns(*name), self._connection.dialect.name)

    def _note_columns(self, collection: Collection, name: Name, found: Table) -> None:
        for key in found.types.keys() - self._declared[name]:
            self._noticed.field(collection, key)


def table_names(connection: Connection, inspector: Inspector, schema: str | None) -> list[str]:
    """Return the tables of a schema (None: the default one), partitions left out: their table holds their rows."""
    if connection.dialect.name == "postgresql":
        return postgres.table_names(connection, schema)
    return inspector.get_table_names(schema)


def _declared_columns(dataset: Dataset) -> dict[Name, set[str]]:
    """Return table -> columns that any of its collections declares: two may share one table."""
    declared: dict[Name, set[str]] = {}
    for collection in dataset.collections:
        declared.setdefault(table_name(collection, dataset), set()).update(item.name for item in collection.fields)
    return declared
