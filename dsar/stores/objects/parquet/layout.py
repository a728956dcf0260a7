"""Which columns of a file are read: those that are declared and no secret, and those by which rows are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import count
from typing import Any

import pyarrow
from pyarrow import types

from dsar.datamap.model import Field
from dsar.stores.base import StoreError
from dsar.stores.objects.query import Query

Notice = Callable[[str], None]


class Layout:
    """The columns of one file, for one question. Raises StoreError if one that is looked for is not among them.

    `leaves` are the numbers of the columns as Parquet stores them, where each part of a struct is one of its own.
    What is undeclared is told to `query.notice` from the schema alone.
    """

    def __init__(self, schema: pyarrow.Schema, query: Query, file: str) -> None:
        check_names(schema, "", file)
        query.check_columns(schema.names, file)
        _check_paths(schema, query, file)
        fields = {item.name: item for item in query.collection.fields}
        leaves, self.items, self._chosen = count(), dict[str, Field | None](), dict[str, list[int]]()
        for column in schema:
            chooser = _Chooser(leaves, query)
            item, name = fields.get(column.name), column.name
            taken = name not in query.names and chooser.takes(item, name)
            if item is None and name not in query.names:
                query.notice(name)
            chooser.walk(column.type, item, name, taken=taken)
            if chooser.chosen:
                self.items[name], self._chosen[name] = item, chooser.chosen
        self.leaves = [leaf for chosen in self._chosen.values() for leaf in chosen]
        self.key_leaves = [leaf for name, chosen in self._chosen.items() if name in query.asked for leaf in chosen]

    def columns_with(self, leaves: Collection[int]) -> frozenset[str]:
        """Return the columns that are read of which one of the leaves is a part."""
        return frozenset(name for name, chosen in self._chosen.items() if not set(chosen).isdisjoint(leaves))


def check_names(schema: Any, under: str, file: str) -> None:
    """Raise StoreError if two columns of a schema, or two parts of a struct, have one name."""
    for name, times in Counter(part.name for part in parts(schema)).items():
        if times > 1:
            raise StoreError(f"{file}: has {times} columns {under + name!r}", retry=False)


def parts(of: Any) -> Iterator[pyarrow.Field]:
    """Yield the fields of a schema or of a struct's type."""
    if isinstance(of, pyarrow.Schema):
        yield from of
    else:
        yield from (of.field(at) for at in range(of.num_fields))


def plain_type(of: pyarrow.DataType) -> pyarrow.DataType:
    """Return the type of the values themselves: of what an extension is stored as, of what a dictionary names."""
    if isinstance(of, pyarrow.BaseExtensionType):
        return plain_type(of.storage_type)
    return plain_type(of.value_type) if types.is_dictionary(of) else of


def is_list(of: pyarrow.DataType) -> bool:
    return any(test(of) for test in _LISTS)


_LISTS = (
    types.is_list,
    types.is_large_list,
    types.is_fixed_size_list,
    types.is_list_view,
    types.is_large_list_view,
)


class _Chooser:
    """Walks one column to its leaves, in the order in which Parquet stores them."""

    def __init__(self, leaves: Iterator[int], query: Query) -> None:
        self._leaves, self._query = leaves, query
        self._paths = query.paths
        self.chosen: list[int] = []

    def takes(self, item: Field | None, path: str) -> bool:
        """Whether a field is read; a secret is only where rows are told by it."""
        return (item is not None and not item.secret) or any(
            asked == path or asked.startswith(f"{path}.") for asked in self._paths
        )

    def walk(self, of: pyarrow.DataType, item: Field | None, path: str, *, taken: bool) -> None:
        of = plain_type(of)
        if types.is_struct(of):
            self._struct(of, item, path, taken=taken)
        elif is_list(of):
            self.walk(of.value_type, item, path, taken=taken)
        elif types.is_map(of):
            self.walk(of.key_type, None, path, taken=taken)
            self.walk(of.item_type, None, path, taken=taken)
        else:
            leaf = next(self._leaves)
            self.chosen += [leaf] if taken else []

    def _struct(self, of: pyarrow.DataType, item: Field | None, path: str, *, taken: bool) -> None:
        known = {child.name: child for child in item.fields} if item else {}
        for part in parts(of):
            child, name = known.get(part.name), f"{path}.{part.name}"
            if not known:
                self.walk(part.type, None, name, taken=taken)
                continue
            if child is None and taken:
                self._query.notice(name)
            self.walk(part.type, child, name, taken=taken and self.takes(child, name))


def _check_paths(schema: pyarrow.Schema, query: Query, file: str) -> None:
    """Raise StoreError for a part of a struct by which rows are looked for and that is not there."""
    for path in sorted(query.paths):
        name, *rest = path.split(".")
        if name not in query.names and not _has(schema.field(name).type, rest):
            raise StoreError(f"{file}: has no column {path!r}, by which rows are looked for", retry=False)


def _has(of: pyarrow.DataType, path: Sequence[str]) -> bool:
    of = plain_type(of)
    while is_list(of):
        of = plain_type(of.value_type)
    if not path or not types.is_struct(of):
        return True  # a text may hold JSON, a map any key
    found = [part for part in parts(of) if part.name == path[0]]
    return bool(found) and _has(found[0].type, path[1:])


def described(schema: pyarrow.Schema, without: Collection[str] = ()) -> dict[str, str]:
    """Return dotted path -> name of the type of every column, as dsar.values calls it."""
    found: dict[str, str] = {}
    for column in schema:
        if column.name not in without:
            _describe(column.type, column.name, found)
    return found


def _describe(of: pyarrow.DataType, path: str, found: dict[str, str]) -> None:
    found[path] = _named(of)
    inner = plain_type(of)
    while is_list(inner):
        inner = plain_type(inner.value_type)
    if types.is_struct(inner):
        for part in parts(inner):
            _describe(part.type, f"{path}.{part.name}", found)


def _named(of: pyarrow.DataType) -> str:
    if isinstance(of, pyarrow.UuidType):
        return "uuid"
    of = plain_type(of)
    return "array" if is_list(of) else next((name for test, name in _NAMES if test(of)), str(of))


_NAMES: tuple[tuple[Callable[[Any], bool], str], ...] = (
    (types.is_boolean, "boolean"),
    (types.is_integer, "integer"),
    (types.is_floating, "float"),
    (types.is_decimal, "decimal"),
    (lambda of: types.is_string(of) or types.is_large_string(of) or types.is_string_view(of), "string"),
    (
        lambda of: (
            types.is_binary(of)
            or types.is_large_binary(of)
            or types.is_binary_view(of)
            or types.is_fixed_size_binary(of)
        ),
        "bytes",
    ),
    (types.is_date, "date"),
    (types.is_time, "time"),
    (types.is_timestamp, "datetime"),
    (types.is_duration, "duration"),
    (types.is_struct, "object"),
    (types.is_map, "object"),
)
