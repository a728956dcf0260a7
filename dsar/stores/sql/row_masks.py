"""Masks that no statement can write for many rows at once: inside documents, and texts that are redacted.

Rows are read as the database spells them, a few at a time, and each gets its own values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select, update

from dsar.datamap.erasure import Mask, Strategy
from dsar.datamap.model import Collection
from dsar.stores.base import Selection, StoreError
from dsar.stores.inside import by_field
from dsar.stores.sql.raw import RawColumn, bindings, parameters
from dsar.stores.sql.spelt import SpeltMasks, spelt_masks
from dsar.stores.sql.tables import Table

#: Rows that are read before the first of them is written.
_ROWS = 1_000


def are_apart(masks: Mapping[str, Mask]) -> tuple[dict[str, Mask], dict[str, Mask]]:
    """Return the masks that one statement writes into many rows, and those that are made row by row."""
    by_row = {path: mask for path, mask in masks.items() if "." in path or mask.strategy is Strategy.REDACT}
    return {path: mask for path, mask in masks.items() if path not in by_row}, by_row


def in_portions(selection: Selection, key: tuple[str, ...]) -> Iterator[Selection]:
    """Yield a selection a few rows at a time, where it names rows by their key."""
    alternatives = selection.alternatives
    if len(alternatives) != 1 or alternatives[0].paths != key:
        yield selection
        return
    values = iter(alternatives[0].values)
    while portion := frozenset(islice(values, _ROWS)):
        yield Selection((replace(alternatives[0], values=portion),), selection.only)


@dataclass(frozen=True)
class RowMasks:
    """Writes masks of one collection in the caller's transaction. `columns` are all that its table stores."""

    collection: Collection
    table: Table
    columns: Mapping[str, RawColumn]
    connection: Connection

    def write(self, masks: Mapping[str, Mask], conditions: Iterable[ColumnElement[bool]], *, key: bytes) -> int:
        """Mask the rows that fit; return how many there are. Raises ForbiddenError, StoreError."""
        where, names = f"{self.collection.dataset}:{self.collection.name}", self.collection.primary_key
        if not names:
            raise StoreError(f"{where}: declare a primary key: what is masked differs from row to row", retry=False)
        spelt = spelt_masks(by_field(masks), self.columns, self.table.types, where)
        columns = {name: self.columns[name] for name in (*names, *spelt)}
        return sum(self._write(columns, spelt, condition, key) for condition in conditions)

    def _write(
        self,
        columns: Mapping[str, RawColumn],
        spelt: Mapping[str, SpeltMasks],
        condition: ColumnElement[bool],
        key: bytes,
    ) -> int:
        clause = self.table.clause
        reading = [part for name, column in columns.items() for part in column.read(clause.c[name])]
        # Locked: on MariaDB a statement changes rows as they are by now, not as the transaction has read them.
        query = select(*reading).where(condition).with_for_update()
        rows = [_row(columns, values) for values in self.connection.execute(query).all()]
        changed = []
        for row in rows:
            new = {name: masks.masked(row[name], key=key) for name, masks in spelt.items()}
            if any(new[name] != row[name] for name in new):
                changed.append(parameters(columns, {**row, **new}))
        if changed:
            values = bindings(columns)
            known = and_(*(clause.c[name] == values[name] for name in columns if name not in spelt))
            written = {name: values[name] for name in spelt}
            self.connection.execute(update(clause).where(known).values(written), changed)
        return len(rows)


def _row(columns: Mapping[str, RawColumn], values: Any) -> dict[str, Any]:
    found, at = {}, 0
    for name, column in columns.items():
        found[name] = column.spelt(values[at : at + column.binds])
        at += column.binds
    return found
