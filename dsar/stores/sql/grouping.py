"""Rows by what they are alike in, counted by the database: PostgreSQL alone, whose types tell values apart exactly.

Rows are named by hashes of their primary keys, of 64 bits, which the database adds up. They guard against rows that
come and go between two looks, not against somebody who looks for two sets of keys of one sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, String, Text, bindparam, collate, func, text
from sqlalchemy import cast as sql_cast
from sqlalchemy import select as sql_select
from sqlalchemy import types as sqltypes
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import CHAR, Enum, TypeEngine

from dsar.stores.sql.remembering import Told
from dsar.stores.sql.tables import Table

#: Beside these no two values of one type are equal that are written in two ways.
_EXACT = (sqltypes.Integer, sqltypes.Uuid, sqltypes.String, sqltypes.Boolean)

_FACTS = text(
    """
    SELECT space.nspname, tables.relname, pg_table_is_visible(tables.oid) AS is_visible,
           array_agg(attname::text) FILTER (WHERE indisprimary) AS key,
           relkind = 'r' AND NOT (relhastriggers OR relhasrules OR relrowsecurity OR relhassubclass OR relispartition)
           AS is_plain
    FROM pg_class AS tables
    JOIN pg_namespace AS space ON space.oid = tables.relnamespace
    JOIN pg_index ON indrelid = tables.oid AND indisprimary AND indisvalid AND indimmediate
    JOIN pg_attribute ON attrelid = tables.oid AND attnum = ANY (indkey)
    WHERE tables.relname = ANY (:names)
    GROUP BY space.nspname, tables.oid
    """
).bindparams(bindparam("names", type_=ARRAY(String)))


@dataclass(frozen=True, slots=True)
class Facts:
    """A table's own primary key; `is_plain`: nothing is asked and nothing else is done when a row of it is deleted."""

    key: frozenset[str]
    is_plain: bool


class TableFacts:
    """What the database knows of these tables, asked for once."""

    def __init__(self, connection: Connection, names: Iterable[str], told: Told) -> None:
        self._connection, self._names, self._catalogue = connection, names, told

    def of(self, table: Table) -> Facts | None:
        """Return it; None of a table without a primary key."""
        known = self._catalogue.recall("facts", self._ask)
        return known.get((table.clause.schema, table.clause.name))

    def _ask(self) -> dict[tuple[str | None, str], Facts]:
        found: dict[tuple[str | None, str], Facts] = {}
        for row in self._connection.execute(_FACTS, {"names": list(self._names)}):
            facts = Facts(frozenset(row.key), row.is_plain)
            found[row.nspname, row.relname] = facts
            if row.is_visible:
                found[None, row.relname] = facts
        return found


def tells_apart(types: Mapping[str, TypeEngine[Any]], names: Sequence[str]) -> bool:
    """Return whether values of these columns are one to the database only where they are one by code points."""
    kinds = [types.get(name) for name in names]
    return all(isinstance(kind, _EXACT) and not isinstance(kind, CHAR | Enum) for kind in kinds)


def grouped(
    table: Table, names: Sequence[str], key: Sequence[str], condition: ColumnElement[bool], *, is_one: bool = False
) -> Select[Any]:
    """Return the statement: the columns, how many rows have these values, the sum of the hashes of their keys.

    `is_one`: no two rows differ in the columns, which are of whole numbers. So there is nothing to tell apart, which
    would take as long as to add up; of no rows there is one line, too.
    """
    by = [_exact(table, name) for name in names]
    found = [func.min(column) for column in by] if is_one else by
    counting = sql_select(*found, func.count(), func.sum(_hash(table, key))).select_from(table.clause).where(condition)
    return counting if is_one else counting.group_by(*by)


def are_whole_numbers(types: Mapping[str, TypeEngine[Any]], names: Sequence[str]) -> bool:
    """Return whether one value that is asked for in each of these columns is the only one that answers."""
    return all(isinstance(types.get(name), sqltypes.Integer) for name in names)


def _exact(table: Table, name: str) -> ColumnElement[Any]:
    column, kind = table.clause.c[name], table.types[name]
    return collate(sql_cast(column, Text), "C") if isinstance(kind, sqltypes.String) else column


def _hash(table: Table, key: Sequence[str]) -> ColumnElement[Any]:
    """Return the hash of the key's parts, each the seed of the next."""
    found: ColumnElement[Any] = sql_cast(0, BigInteger)
    for name in key:
        kind = table.types[name]
        if isinstance(kind, sqltypes.Integer):
            found = func.hashint8extended(sql_cast(table.clause.c[name], BigInteger), found)
        else:
            found = func.hashtextextended(collate(sql_cast(table.clause.c[name], Text), "C"), found)
    return found
