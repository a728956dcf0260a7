"""The statement that reads a collection, told as SQLAlchemy hands it to the driver."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, Dialect, Select, Text
from sqlalchemy import types as sqltypes
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from dsar.datamap.model import Collection, Dataset, Field
from dsar.stores.base import Explained
from dsar.stores.batching import BATCH_ROWS
from dsar.stores.sql.chunks import condition, has_spellings
from dsar.stores.sql.spellings import Spellings
from dsar.stores.sql.tables import Table, make_table, table_name

#: Where SQLAlchemy writes as many placeholders as there are values.
_LIST = re.compile(r"__\[POSTCOMPILE_[^\]]*\]")
_AS_DECLARED = "the columns' types are those that the map declares; ask the store for the real ones"
_SPELT = "by the spellings of an address that its index holds, which are asked for before"
_CURSOR = f"read through a cursor of the server, {BATCH_ROWS:,} rows at a time"


def explain(
    collection: Collection,
    by: Sequence[tuple[str, ...]],
    table: Table,
    dialect: Dialect,
    spellings: Spellings | None = None,
) -> Explained:
    """Return the statement. Raises StoreError for a column that is not there or cannot be selected by."""
    names = [item.name for item in collection.readable]
    query = table.select(names, condition(collection, by, table, dialect.name, spellings))
    notes = [_CURSOR] if dialect.name == "postgresql" else []
    notes += [_SPELT] if spellings and has_spellings(collection, by, table, spellings) else []
    return Explained((written(query, dialect),), tuple(notes))


def explain_declared(
    collection: Collection, by: Sequence[tuple[str, ...]], dataset: Dataset, dialect: Dialect
) -> Explained:
    """Return the statement as it is where the columns' types are as declared. Raises StoreError."""
    types = {item.name: _type(item, dialect) for item in collection.fields}
    told = explain(collection, by, make_table(table_name(collection, dataset), types, dialect.name), dialect)
    return Explained(told.queries, (*told.notes, _AS_DECLARED))


def written(query: Select[Any], dialect: Dialect) -> str:
    """Return the words of a statement; a list of placeholders, one a value, is written as an ellipsis."""
    return _LIST.sub("…", str(query.compile(dialect=dialect)))


def _type(item: Field, dialect: Dialect) -> TypeEngine[Any]:
    declared = item.data_type or "string"
    if item.fields or declared == "object":
        return JSON()
    if declared.endswith("[]"):
        return ARRAY(Text) if dialect.name == "postgresql" else JSON()
    return _TYPES.get(declared, Text())


_TYPES: Mapping[str, TypeEngine[Any]] = {
    "integer": sqltypes.BigInteger(),
    "float": sqltypes.Float(),
    "boolean": sqltypes.Boolean(),
}
