"""What a database says of itself: its tables, their columns and types, primary and foreign keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Inspector, inspect, select
from sqlalchemy.engine.reflection import ObjectKind, ObjectScope
from sqlalchemy.exc import CompileError
from sqlalchemy.types import TypeEngine

from dsar.datamap.model import Dataset
from dsar.stores.base import FoundCollection, FoundReference
from dsar.stores.noticing import Noticed
from dsar.stores.sql import mariadb, postgres
from dsar.stores.sql.tables import Name, Tables, table_name, table_names
from dsar.stores.sql.values import reader
from dsar.values import Row


def describe(dataset: Dataset, connection: Connection) -> tuple[FoundCollection, ...]:
    """Return every table of the default schema and of those that the map names, and the views that it names.

    On PostgreSQL of all schemas that the account may use: elsewhere they may be other people's databases.
    """
    return tuple(_Description(dataset, connection).collections())


def sample(
    dataset: Dataset, connection: Connection, found: FoundCollection, fields: Sequence[str], limit: int
) -> list[Row]:
    """Return the first rows that the database comes by."""
    schema, _dot, name = found.name.rpartition(".")
    table = Tables(dataset, connection, Noticed(dataset)).look_up((schema or None, name))
    read = [reader(table.types[field], connection.dialect.name, None) for field in fields]
    rows = connection.execute(select(*(table.read(field) for field in fields)).limit(limit))
    return [{field: convert(value) for field, convert, value in zip(fields, read, row, strict=True)} for row in rows]


class _Description:
    """Asks for all tables of a schema at once where the dialect can."""

    def __init__(self, dataset: Dataset, connection: Connection) -> None:
        self._connection = connection
        self._inspector: Inspector = inspect(connection)
        self._declared: dict[Name, list[str]] = {}
        for collection in dataset.collections:
            self._declared.setdefault(self._plain(table_name(collection, dataset)), []).append(collection.name)

    def collections(self) -> Iterator[FoundCollection]:
        for schema in sorted(self._schemas(), key=lambda name: name or ""):
            names = table_names(self._connection, self._inspector, schema)
            yield from self._describe(schema, sorted({*names, *self._views(schema, names)}))

    def _schemas(self) -> set[str | None]:
        schemas = {None, *(schema for schema, _name in self._declared)}
        if self._connection.dialect.name == "postgresql":
            schemas.update(self._plain((name, ""))[0] for name in postgres.schema_names(self._connection))
        return schemas

    def _views(self, schema: str | None, tables: list[str]) -> list[str]:
        """Return what the map names and is no table: a view or a partition. What is not there at all is left out."""
        named = {name for of, name in self._declared if of == schema}
        return [name for name in named.difference(tables) if self._inspector.has_table(name, schema)]

    def _describe(self, schema: str | None, names: list[str]) -> Iterator[FoundCollection]:
        if self._connection.dialect.name in mariadb.DIALECTS:
            facts = {name: self._mariadb(schema, name) for name in names}
        else:
            facts = self._others(schema, names)
        for name, (types, key, references) in facts.items():
            yield FoundCollection(
                name=_written((schema, name)),
                fields={column: _type_text(kind) for column, kind in types.items()},
                primary_key=tuple(key),
                declared=tuple(self._declared.get((schema, name), ())),
                references=tuple(
                    FoundReference(fields, _written(self._plain(target)), targets)
                    for fields, target, targets in references
                ),
                source={"table": _written((schema, name))} if schema else {},
            )

    def _mariadb(self, schema: str | None, name: str) -> _Facts:
        return (
            mariadb.columns(self._connection, schema, name),
            mariadb.primary_key(self._connection, schema, name),
            mariadb.foreign_keys(self._connection, schema, name),
        )

    def _others(self, schema: str | None, names: list[str]) -> dict[str, _Facts]:
        if not names:
            return {}
        # PostgreSQL leaves the schema out of tables that are found without it, whatever the schema that names them.
        beside = None if self._connection.dialect.name == "postgresql" else schema
        asked = (schema, names, ObjectKind.ANY, ObjectScope.ANY)
        columns = _by_name(self._inspector.get_multi_columns(*asked))
        keys = _by_name(self._inspector.get_multi_pk_constraint(*asked))
        foreign = _by_name(self._inspector.get_multi_foreign_keys(*asked))
        return {
            name: (
                {item["name"]: item["type"] for item in columns.get(name, ())},
                (keys.get(name) or {}).get("constrained_columns", []),
                [_foreign_key(item, beside) for item in foreign.get(name, ())],
            )
            for name in names
        }

    def _plain(self, name: Name) -> Name:
        """Return the name without the default schema, so that `public.people` and `people` are one table."""
        return (None, name[1]) if name[0] == self._inspector.default_schema_name else name


_Facts = tuple[Mapping[str, TypeEngine[Any]], Sequence[str], Sequence[mariadb.ForeignKey]]


def _by_name(found: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: facts for (_schema, name), facts in found.items()}


def _foreign_key(item: Mapping[str, Any], schema: str | None) -> mariadb.ForeignKey:
    target = (item["referred_schema"] or schema, item["referred_table"])
    return (tuple(item["constrained_columns"]), target, tuple(item["referred_columns"]))


def _written(name: Name) -> str:
    return f"{name[0]}.{name[1]}" if name[0] else name[1]


def _type_text(kind: TypeEngine[Any]) -> str:
    try:
        return str(kind)
    except CompileError:  # a type that cannot be written in standard SQL still has a name
        return type(kind).__name__
