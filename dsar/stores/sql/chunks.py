"""A selection as statements: values in chunks that a database accepts, alternatives joined by OR in each.

A row that matches values of two chunks comes twice from the database; the first chunk whose values it
equals keeps it. Spellings of one value (an email in two cases) stay in one chunk for that reason.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    any_,
    bindparam,
    column,
    func,
    or_,
    select,
    tuple_,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from dsar.datamap.model import Collection, Field
from dsar.stores.base import Alternative, Selection, StoreError
from dsar.stores.casting import fold_email
from dsar.stores.matching import Key, fields_by_path, key_of, row_keys, wanted
from dsar.stores.sql.binding import Binder, loose_binder, make_binder
from dsar.stores.sql.remembering import Told
from dsar.stores.sql.spellings import Spellings
from dsar.stores.sql.tables import Table
from dsar.stores.sql.values import holds_documents
from dsar.values import Row, Value

#: Bound values a statement: SQLite takes 32,766 since 3.32, PostgreSQL 65,535; others as few as 1,000 or 2,100.
_MOST_VALUES = {"sqlite": 10_000, "postgresql": 50_000, "mysql": 20_000, "mariadb": 20_000}
_FEWEST = 900

Bound = list[tuple[Value, ...]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Part:
    """An alternative bound to real columns: canonical key -> the tuples to bind."""

    paths: tuple[str, ...]
    items: tuple[Field | None, ...]
    binders: tuple[Binder, ...]
    bound: Mapping[Key, Bound]
    is_spelt: bool = False

    @property
    def takes_arrays(self) -> bool:
        """Whether each path is compared with one array of values, whatever they are."""
        return all(binder.binds_arrays and binder.is_single for binder in self.binders)


@dataclass(frozen=True, slots=True)
class Asked:
    """A chunk as a condition into which `values` are put: where there is a `form`, one condition for all chunks of it.

    To build a statement takes as long as to let PostgreSQL answer it.
    """

    form: Hashable | None
    values: Mapping[str, Any]
    condition: Callable[[], ColumnElement[bool]]

    @property
    def is_of_one(self) -> bool:
        """Whether it is known that a single value is asked for, or of a group of paths one value each."""
        return bool(self.values) and all(len(values) == 1 for values in self.values.values())

    def statement(self, told: Told, what: Hashable, build: Callable[[ColumnElement[bool]], T]) -> T:
        """Return what is built of the condition; of `what` and one form only the first time."""
        if self.form is None:
            return build(self.condition())
        return told.recall((what, self.form), lambda: build(self.condition()))


class Chunks:
    """The statements' conditions, in order, and which of them a row belongs to."""

    def __init__(
        self,
        collection: Collection,
        selection: Selection,
        table: Table,
        dialect: str,
        spellings: Spellings | None = None,
        told: Told | None = None,
    ) -> None:
        self._maker = _Maker(collection, table, dialect, spellings, told)
        self._only = self._maker.only(selection.only)
        parts = [self._maker.part(item) for item in selection.alternatives]
        self._parts = [part for part in parts if part.bound]
        self._chunks = list(_cut(self._parts, _MOST_VALUES.get(dialect, _FEWEST)))
        self._first = {key: at for at, chunk in enumerate(self._chunks) for key in chunk}

    def __len__(self) -> int:
        return len(self._chunks)

    def number(self, at: int) -> int:
        """Return how many keys chunk number `at` asks for."""
        return len(self._chunks[at])

    @property
    def are_told_apart(self) -> bool:
        """Whether `owns` must be asked of each row: of several chunks, or of rows that may not match at all."""
        return len(self) > 1 or self.is_loose

    @property
    def is_loose(self) -> bool:
        """Whether the conditions let rows through that do not match."""
        return any(binder.is_loose for part in self._parts for binder in part.binders)

    @property
    def key_columns(self) -> frozenset[str]:
        """The columns by which rows are told apart."""
        return frozenset(path.partition(".")[0] for part in self._parts for path in part.paths)

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        for chunk in self._chunks:
            yield _joined(self._clauses(chunk), self._only)

    def asked(self) -> Iterator[Asked]:
        """Yield the conditions as `conditions` does, with their values apart where these are arrays."""
        for chunk in self._chunks:
            tuples = self._tuples(chunk)
            parts = [self._parts[number] for number in tuples]
            if self._only or not all(part.takes_arrays for part in parts):
                yield Asked(None, {}, partial(_joined, list(self._clauses(chunk)), self._only))
                continue
            values = {
                _name(number, at): list(found)
                for number, bound in enumerate(tuples.values())
                for at, found in enumerate(zip(*bound, strict=True))
            }
            form = tuple((part.paths, part.is_spelt) for part in parts)
            yield Asked(form, values, partial(_unfilled, parts))

    def owns(self, at: int, row: Row) -> bool:
        """Return whether chunk number `at` is the first whose values the row equals."""
        found = (
            self._first.get((number, key))
            for number, part in enumerate(self._parts)
            for key in row_keys(row, part.paths, part.items)
        )
        return min((chunk for chunk in found if chunk is not None), default=None) == at

    def _clauses(self, chunk: list[tuple[int, Key]]) -> Iterator[ColumnElement[bool]]:
        for number, bound in self._tuples(chunk).items():
            yield _clause(self._parts[number].binders, bound)

    def _tuples(self, chunk: list[tuple[int, Key]]) -> dict[int, Bound]:
        """Return what is bound for a chunk, by the part that binds it."""
        tuples: dict[int, Bound] = {}
        for number, key in chunk:
            tuples.setdefault(number, []).extend(self._parts[number].bound[key])
        return tuples


def fixed(collection: Collection, only: Mapping[str, Value], table: Table, dialect: str) -> list[ColumnElement[bool]]:
    """Return the conditions that rows have these fixed values, and maybe others that look alike to the database."""
    return _Maker(collection, table, dialect, None).only(only)


def condition(
    collection: Collection,
    by: Sequence[tuple[str, ...]],
    table: Table,
    dialect: str,
    spellings: Spellings | None = None,
) -> ColumnElement[bool]:
    """Return a statement's condition as it is for any values at these paths: to be told, as it binds none."""
    maker = _Maker(collection, table, dialect, spellings)
    parts = [maker.unbound(paths) for paths in by]
    only = [_clause(maker.unbound((path,)).binders, [(None,)]) for path in collection.only]
    if not only and all(part.takes_arrays for part in parts):
        return _unfilled(parts)
    return _joined([_clause(part.binders, [(None,) * len(part.paths)]) for part in parts], only)


def has_spellings(collection: Collection, by: Sequence[tuple[str, ...]], table: Table, spellings: Spellings) -> bool:
    """Return whether any of these paths is an address whose spellings an index tells."""
    fields = fields_by_path(collection)
    return any(len(paths) == 1 and _may_be_spelt(paths[0], fields, table, spellings) for paths in by)


def _may_be_spelt(path: str, fields: Mapping[str, Field], table: Table, spellings: Spellings | None) -> bool:
    item = fields.get(path)
    is_email = item is not None and item.identity == "email" and not item.fields
    return is_email and spellings is not None and spellings.has_index(table, path)


def _unfilled(parts: Sequence[_Part]) -> ColumnElement[bool]:
    """Return the condition of a chunk of these parts without its values."""
    return _joined((_unfilled_clause(part.binders, number) for number, part in enumerate(parts)), ())


def _unfilled_clause(binders: tuple[Binder, ...], number: int) -> ColumnElement[bool]:
    arrays = [bindparam(_name(number, at), type_=ARRAY(binder.type)) for at, binder in enumerate(binders)]
    if len(binders) == 1:
        return binders[0].expression == any_(arrays[0])
    return _group(binders).in_(_rows_of(arrays, binders))


def _name(number: int, at: int) -> str:
    return f"keys_{number + 1}_{at + 1}" if at else f"keys_{number + 1}"


def _joined(clauses: Iterable[ColumnElement[bool]], only: Iterable[ColumnElement[bool]]) -> ColumnElement[bool]:
    return and_(or_(*clauses), *only)


class _Maker:
    """Binds paths and values of one collection to the columns of its table."""

    def __init__(
        self,
        collection: Collection,
        table: Table,
        dialect: str,
        spellings: Spellings | None,
        told: Told | None = None,
    ) -> None:
        self._collection, self._table, self._dialect = collection, table, dialect
        self._spellings, self._told = spellings, told or Told()
        self._fields = self._told.recall(("fields", collection.key), lambda: fields_by_path(collection))

    def part(self, alternative: Alternative) -> _Part:
        items = tuple(self._fields.get(path) for path in alternative.paths)
        binders = tuple(self._binder(path) for path in alternative.paths)
        is_spelt = False
        if len(binders) == 1:
            by_index = self._by_index(alternative.paths[0], binders[0], alternative.values)
            is_spelt, binders = by_index is not binders[0], (by_index,)
        bound: dict[Key, Bound] = {}
        for values in alternative.values:
            key = key_of(values, items)
            forms = _forms(binders, values)
            if key is not None and forms:
                bound.setdefault(key, []).extend(forms)
        return _Part(alternative.paths, items, binders, bound, is_spelt)

    def only(self, only: Mapping[str, Any]) -> list[ColumnElement[bool]]:
        clauses = []
        for path, value in only.items():
            binder = self._binder(path)
            clauses.append(_clause((binder,), [form for item in wanted(value) for form in _forms((binder,), (item,))]))
        return clauses

    def unbound(self, paths: tuple[str, ...]) -> _Part:
        binders = tuple(self._binder(path) for path in paths)
        if len(binders) == 1 and self._may_be_spelt(paths[0]):
            binders = (replace(binders[0], expression=self._table.clause.c[paths[0]]),)
        return _Part(paths, tuple(self._fields.get(path) for path in paths), binders, {})

    def _by_index(self, path: str, binder: Binder, values: Iterable[tuple[Value, ...]]) -> Binder:
        """Return what binds the spellings that the column has of addresses, where its index tells them."""
        if self._spellings is None or not self._may_be_spelt(path):
            return binder
        lower = {str(form) for value in values for form in binder.forms(value[0])}
        spelt = self._spellings.of(self._table, path, lower)
        if spelt is None:
            return binder
        known = {address: fold_email(address) for address in sorted(spelt)}
        found = self._table.clause.c[path]
        return replace(
            binder,
            expression=found,
            forms=lambda value: [address for address, form in known.items() if form == fold_email(str(value))],
        )

    def _may_be_spelt(self, path: str) -> bool:
        return _may_be_spelt(path, self._fields, self._table, self._spellings)

    def _binder(self, path: str) -> Binder:
        return self._told.recall(("binder", self._collection.key, path), lambda: self._make_binder(path))

    def _make_binder(self, path: str) -> Binder:
        name, _dot, inside = path.partition(".")
        real_type: TypeEngine[Any] | None = self._table.types.get(name)
        if real_type is None:
            where = f"{self._collection.dataset}:{self._collection.name}"
            raise StoreError(f"{where}: no column {name!r} to select by", retry=False)
        column = self._table.clause.c[name]
        if inside or holds_documents(self._fields.get(path), real_type):
            return loose_binder(column)
        return make_binder(column, real_type, self._fields.get(path), self._dialect)


def _forms(binders: tuple[Binder, ...], values: tuple[Value, ...]) -> Bound:
    return list(product(*(binder.forms(value) for binder, value in zip(binders, values, strict=True))))


def _clause(binders: tuple[Binder, ...], bound: Bound) -> ColumnElement[bool]:
    """Return `column IN (…)`, or `(a, b) IN ((…), …)` for a group; an empty list is false, never left out."""
    if len(binders) == 1:
        return binders[0].any_of([values[0] for values in bound])
    if not all(binder.is_single for binder in binders):
        # More than the group, which is compared again: no tuple is made of an array's elements.
        return and_(
            *(binder.any_of(list(values)) for binder, values in zip(binders, zip(*bound, strict=True), strict=True))
        )
    return _group(binders).in_(_unnested(binders, bound) if binders[0].binds_arrays else bound)


def _group(binders: tuple[Binder, ...]) -> ColumnElement[Any]:
    # Types on the columns: SQLAlchemy would take a cached statement of other types for this one.
    return tuple_(*(type_coerce(binder.expression, binder.type) for binder in binders))


def _unnested(binders: tuple[Binder, ...], bound: Bound) -> Select[Any]:
    """Return the tuples as rows of arrays: PostgreSQL's stack does not hold ten thousand of them in a list."""
    arrays = [
        bindparam(None, list(values), type_=ARRAY(binder.type), unique=True)
        for binder, values in zip(binders, zip(*bound, strict=True), strict=True)
    ]
    return _rows_of(arrays, binders)


def _rows_of(arrays: Sequence[BindParameter[Any]], binders: tuple[Binder, ...]) -> Select[Any]:
    names = [column(f"key{number}", binder.type) for number, binder in enumerate(binders)]
    return select(*func.unnest(*arrays).table_valued(*names).render_derived(name="asked").c)


def _cut(parts: list[_Part], most: int) -> Iterator[list[tuple[int, Key]]]:
    """Yield lists of (number of the part, key) that bind at most so many values each."""
    chunk: list[tuple[int, Key]] = []
    size = 0
    for number, part in enumerate(parts):
        for key, bound in part.bound.items():
            weight = len(bound) * len(part.paths)
            if chunk and size + weight > most:
                yield chunk
                chunk, size = [], 0
            chunk.append((number, key))
            size += weight
    if chunk:
        yield chunk
