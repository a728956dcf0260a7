"""Which tables refer to which by foreign keys: of PostgreSQL by one statement, else from everything that is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, text

from dsar.datamap.model import Dataset
from dsar.stores.base import FoundCollection, FoundReference
from dsar.stores.sql.introspection import describe
from dsar.stores.sql.tables import table_name

# Of a partitioned table its own keys, not the copies that its partitions have. In schemas that this account may use.
_FOREIGN_KEYS = text(
    """
    SELECT space.nspname, child.relname, targetspace.nspname AS target_schema, parent.relname AS target,
           (SELECT array_agg(attname::text ORDER BY number)
            FROM unnest(conkey) WITH ORDINALITY AS part(attnum, number)
            JOIN pg_attribute ON attrelid = conrelid AND pg_attribute.attnum = part.attnum) AS fields,
           (SELECT array_agg(attname::text ORDER BY number)
            FROM unnest(confkey) WITH ORDINALITY AS part(attnum, number)
            JOIN pg_attribute ON attrelid = confrelid AND pg_attribute.attnum = part.attnum) AS targets
    FROM pg_constraint
    JOIN pg_class AS child ON child.oid = conrelid
    JOIN pg_namespace AS space ON space.oid = child.relnamespace
    JOIN pg_class AS parent ON parent.oid = confrelid
    JOIN pg_namespace AS targetspace ON targetspace.oid = parent.relnamespace
    WHERE contype = 'f' AND conparentid = 0 AND has_schema_privilege(space.oid, 'USAGE')
    ORDER BY space.nspname, child.relname, conname
    """
)


def references(dataset: Dataset, connection: Connection) -> tuple[FoundCollection, ...]:
    """Return every table with foreign keys, and every declared one, without their columns."""
    if connection.dialect.name != "postgresql":
        return describe(dataset, connection)
    found: dict[str, list[FoundReference]] = {}
    declared: dict[str, list[str]] = {}
    for collection in dataset.collections:
        schema, name = table_name(collection, dataset)
        declared.setdefault(_written(schema, name, connection), []).append(collection.name)
    for name, reference in _references(connection):
        found.setdefault(name, []).append(reference)
    return tuple(
        FoundCollection(name, {}, declared=tuple(declared.get(name, ())), references=tuple(found.get(name, ())))
        for name in sorted({*found, *declared})
    )


def _references(connection: Connection) -> Iterator[tuple[str, FoundReference]]:
    for row in connection.execute(_FOREIGN_KEYS):
        yield _written(row.nspname, row.relname, connection), _reference(row, connection)


def _reference(row: Row[Any], connection: Connection) -> FoundReference:
    target = _written(row.target_schema, row.target, connection)
    return FoundReference(tuple(row.fields), target, tuple(row.targets))


def _written(schema: str | None, name: str, connection: Connection) -> str:
    """Return the name as everywhere: without the default schema."""
    return f"{schema}.{name}" if schema and schema != connection.dialect.default_schema_name else name
