"""A snapshot in which rows can be changed: set-based statements in one transaction.

Before rows go, every foreign key that the database has on their table is looked at, those of tables that no map
declares too: ON DELETE CASCADE would take rows along that nobody has approved, and SET NULL would change them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Select,
    any_,
    delete,
    func,
    inspect,
    literal_column,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table

from dsar.datamap.erasure import Mask
from dsar.datamap.model import Collection, Dataset
from dsar.stores.base import ForbiddenError, FoundReference, Selection, StoreError
from dsar.stores.restorable import PutBack, RawRow, WrittenBack
from dsar.stores.sql import mariadb
from dsar.stores.sql.chunks import Asked, Chunks
from dsar.stores.sql.errors import refused, translated
from dsar.stores.sql.masking import masked
from dsar.stores.sql.raw import raw_columns
from dsar.stores.sql.references import references
from dsar.stores.sql.remembering import Memory
from dsar.stores.sql.restoring import SqlRestoring, is_restored
from dsar.stores.sql.row_masks import RowMasks, are_apart, in_portions
from dsar.stores.sql.snapshot import SqlSnapshot
from dsar.stores.sql.tables import Table, table_name

#: (table as it is written, its foreign key) of each table that refers to one.
Referring = list[tuple[str, FoundReference]]
#: Where a row of PostgreSQL lies.
_CTID: ColumnElement[Any] = literal_column("ctid")
#: Rows that are tried of a selection whose rows nothing can tell apart.
_REHEARSED = 100
_TRANSACTIONAL = frozenset({"InnoDB", "ROCKSDB", "PARTITION"})


class SqlChanging(SqlSnapshot):
    """Deletes and masks rows of one dataset; the caller's transaction ends it."""

    def __init__(self, dataset: Dataset, connection: Connection, *, most_rows: int, memory: Memory) -> None:
        super().__init__(dataset, connection, most_rows=most_rows, memory=memory)
        self._referring: dict[str, Referring] | None = None
        self._restoring = SqlRestoring(dataset, connection, self._reading, self._told)

    def delete(self, collection: Collection, selection: Selection) -> int:
        with _told(collection):
            table = self._changeable(collection)
            every = list(self._chunks(collection, selection, table).asked())
            for asked in every:
                self._refuse_orphans(collection, table, asked)
            return sum(
                self._connection.execute(
                    asked.statement(self._told, ("delete", collection.key), delete(table.clause).where), asked.values
                ).rowcount
                for asked in every
            )

    def rehearse_delete(self, collection: Collection, selection: Selection) -> bool:
        with _told(collection):
            table = self._changeable(collection)
            facts = self._facts.of(table) if self._dialect == "postgresql" else None
            if facts is None or not facts.is_plain:
                return False
            for asked in self._chunks(collection, selection, table).asked():
                statement = asked.statement(self._told, ("rehearse", collection.key), partial(_of_a_few, table))
                self._connection.execute(statement, asked.values)
            return True

    def mask(self, collection: Collection, selection: Selection, masks: Mapping[str, Mask], *, key: bytes) -> int:
        with _told(collection):
            table, (at_once, by_row) = self._changeable(collection), are_apart(masks)
            count = self._mask_rows(collection, selection, by_row, table, key) if by_row else 0
            if at_once:
                values = {
                    name: masked(collection.at(name), mask, table=table, dialect=self._dialect, key=key)
                    for name, mask in at_once.items()
                }
                count = sum(
                    self._connection.execute(update(table.clause).where(condition).values(values)).rowcount
                    for condition in self._conditions(collection, selection, table)
                )
            return count

    def _mask_rows(
        self, collection: Collection, selection: Selection, masks: Mapping[str, Mask], table: Table, key: bytes
    ) -> int:
        name = table_name(collection, self._dataset)
        columns = raw_columns(self._connection, name, table)
        writing = RowMasks(collection, table, columns, self._connection)
        portions = in_portions(selection, collection.primary_key)
        conditions = (condition for part in portions for condition in self._conditions(collection, part, table))
        return writing.write(masks, conditions, key=key)

    knows_rows = False

    def restores(self, collection: Collection) -> bool:
        return is_restored(collection)

    def take(
        self, collection: Collection, selection: Selection, masks: Mapping[str, Mask]
    ) -> Iterator[Sequence[RawRow]]:
        with _told(collection):
            table = self._tables.get(collection)
            yield from self._restoring.take(collection, table, self._chunks(collection, selection, table))

    def put_back(self, collection: Collection, rows: Iterable[Sequence[RawRow]], *, is_sure: bool = True) -> PutBack:
        self._forget_spellings()
        with _told(collection):
            return self._restoring.put_back(collection, self._changeable(collection), rows)

    def write_back(
        self, collection: Collection, rows: Iterable[Sequence[RawRow]], masks: Mapping[str, Mask]
    ) -> WrittenBack:
        self._forget_spellings()
        with _told(collection):
            return self._restoring.write_back(collection, self._changeable(collection), rows, masks)

    @property
    def connection(self) -> Connection:
        """The connection of the transaction: loading goes over it, too."""
        return self._connection

    def check(self) -> None:
        """Check now what PostgreSQL would check when the transaction ends. Raises ForbiddenError."""
        if self._dialect == "postgresql":
            with refused(self._dataset.key):
                self._connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))

    def _forget_spellings(self) -> None:
        if self._spellings is not None:
            self._spellings.forget()

    def _conditions(self, collection: Collection, selection: Selection, table: Table) -> list[ColumnElement[bool]]:
        return list(self._chunks(collection, selection, table).conditions())

    def _chunks(self, collection: Collection, selection: Selection, table: Table) -> Chunks:
        chunks = Chunks(collection, selection, table, self._dialect, self._spellings, self._told)
        if chunks.is_loose:
            where = f"{collection.dataset}:{collection.name}"
            raise StoreError(f"{where}: rows cannot be changed by what is inside documents", retry=False)
        return chunks

    def _changeable(self, collection: Collection) -> Table:
        """Return the collection's table. Raises StoreError if what is changed in it could not be taken back."""
        found = self._tables.get(collection)
        if self._dialect in mariadb.DIALECTS:
            asked = text(
                "SELECT engine FROM information_schema.tables "
                "WHERE table_schema = coalesce(:schema, database()) AND table_name = :name"
            )
            schema, name = table_name(collection, self._dataset)
            engine = self._connection.execute(asked, {"schema": schema, "name": name}).scalar()
            if engine not in _TRANSACTIONAL:
                where = f"{collection.dataset}:{collection.name}"
                raise StoreError(f"{where}: a table of {engine} knows no transactions", retry=False)
        return found

    def _refuse_orphans(self, collection: Collection, table: Table, asked: Asked) -> None:
        """Raise ForbiddenError if rows that stay name rows that would go."""
        for name, reference in self._referring_to(collection):
            counting = _naming(name, reference, table, asked.condition())
            count = self._connection.execute(counting, asked.values).scalar_one()
            if count:
                where, fields = f"{collection.dataset}:{collection.name}", ", ".join(reference.fields)
                raise ForbiddenError(f"{where}: {count} rows of {name} that stay still name rows of it ({fields})")

    def _referring_to(self, collection: Collection) -> Referring:
        if self._referring is None:
            self._referring = {}
            for found in references(self._dataset, self._connection):
                for reference in found.references:
                    self._referring.setdefault(reference.collection, []).append((found.name, reference))
        schema, name = table_name(collection, self._dataset)
        if schema == inspect(self._connection).default_schema_name:
            schema = None
        return self._referring.get(f"{schema}.{name}" if schema else name, [])


@contextmanager
def _told(collection: Collection) -> Iterator[None]:
    """Raise a database's errors as a store's, naming the collection."""
    doing = f"{collection.dataset}:{collection.name}"
    with translated(doing), refused(doing):
        yield


def _of_a_few(table: Table, condition: ColumnElement[bool]) -> Delete:
    """Return the statement that deletes the first rows that the database comes by.

    They are chosen from what is planned as if all were read: sooner than by an index PostgreSQL would look for the
    first ones from the beginning of the table, as if they stood everywhere in it.
    """
    every = select(_CTID).select_from(table.clause).where(condition).cte("every").prefix_with("MATERIALIZED")
    chosen = any_(func.array(select(every.c.ctid).limit(_REHEARSED).scalar_subquery())) == _CTID
    return delete(table.clause).where(chosen)


def _naming(name: str, reference: FoundReference, table: Table, condition: ColumnElement[bool]) -> Select[Any]:
    """Return the statement that counts the rows of a table, but for those that go, that name rows that go."""
    schema, _dot, plain = name.rpartition(".")
    child = sql_table(plain, *(sql_column(field) for field in reference.fields), schema=schema or None)
    gone = select(*(table.clause.c[target] for target in reference.targets)).where(condition).correlate(None)
    own = (child.schema, child.name) == (table.clause.schema, table.clause.name)
    fields = [(table.clause if own else child).c[field] for field in reference.fields]
    named = (tuple_(*fields) if len(fields) > 1 else fields[0]).in_(gone)
    counting = select(func.count()).select_from(table.clause if own else child).where(named)
    return counting.where(condition.is_not(True)) if own else counting
