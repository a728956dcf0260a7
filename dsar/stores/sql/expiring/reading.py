"""Rows as far as it depends on them how long they stay, each with its key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from dsar.stores.ages import Age, parsed
from dsar.stores.sql.expiring.described import Described, Key
from dsar.stores.sql.fetching import Reading
from dsar.stores.sql.values import reader_of
from dsar.values import Row, Value, at_path

#: A row that is past, its key, and whether it must not go.
Aged = tuple[Key, Age, bool, Row]


class Reader:
    """Reads rows of a described table."""

    def __init__(self, described: Described) -> None:
        self._described = described
        collection, expiry = described.collection, described.expiry
        paths = (expiry.time_field, *expiry.asks, *expiry.only)
        names = list(dict.fromkeys(path.partition(".")[0] for path in paths))
        declared = {item.name: item for item in collection.fields}
        table, dialect = described.table, described.dialect
        self._readers: dict[str, Callable[[Any], Value]] = {
            name: reader_of(declared.get(name), table.types[name], dialect) for name in names
        }
        self._columns = [*described.key, *(table.read(name) for name in names)]

    def all(self, reading: Reading, condition: ColumnElement[bool]) -> Iterator[Sequence[Aged]]:
        """Yield all rows that fit, in batches, as a snapshot's."""
        query = select(*self._columns).where(condition)
        for batch in reading.batches(query):
            yield list(self._aged(batch))

    def next(self, connection: Connection, condition: ColumnElement[bool], after: Key | None, rows: int) -> list[Aged]:
        """Return the next rows that fit, in the order of keys, locked until the transaction ends."""
        described = self._described
        query = (
            select(*self._columns)
            .where(condition, described.beyond(after))
            .order_by(*described.key)
            .limit(rows)
            .with_for_update(of=described.table.clause if described.dialect == "postgresql" else None)
        )
        return list(self._aged(connection.execute(query).all()))

    def _aged(self, batch: Sequence[Sequence[Any]]) -> Iterator[Aged]:
        expiry, width = self._described.expiry, len(self._described.key)
        for line in batch:
            values = zip(self._readers.items(), line[width:], strict=True)
            row = {name: convert(value) for (name, convert), value in values}
            if not expiry.only or expiry.fits(row):
                age, is_held = expiry.age(row)
                yield tuple(line[:width]), age, is_held, row


def moments(row: Row, path: str) -> Iterator[Value]:
    """Yield what a row's time field says, as dates and moments."""
    yield from (parsed(value) for value in at_path(row, path))
