"""Deletes what is past, in transactions of a moment each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from time import monotonic

from sqlalchemy import ColumnElement, Connection, delete

from dsar.stores.ages import Age
from dsar.stores.base import StoreError
from dsar.stores.sql.expiring.described import Described, Key
from dsar.stores.sql.expiring.ranges import Ranges
from dsar.stores.sql.expiring.reading import Reader
from dsar.stores.sql.expiring.turns import TooLongError, Turns, limited
from dsar.stores.sql.fetching import Reading

Transaction = Callable[[], AbstractContextManager[Connection]]


class Deleting:
    """Deletes rows of one described table; `transaction` opens one that is committed when its block ends.

    `snapshot` opens one that only reads, as rows are at that moment.
    """

    def __init__(self, described: Described, transaction: Transaction, snapshot: Transaction) -> None:
        self._described, self._transaction, self._snapshot = described, transaction, snapshot

    def run(self) -> Iterator[int]:
        """Yield after each transaction how many rows it has deleted."""
        deleted = -1
        while deleted:
            deleted = 0
            for rows in self._pass():
                deleted += rows
                yield rows
            if not any(item.is_own for item in self._described.naming):
                return  # else rows that were named by those that are gone can go now

    def _pass(self) -> Iterator[int]:
        """Look at every row once: by statements first, then one by one at those of people with days of their own."""
        described = self._described
        if not described.can_tell_without(described.expiry.keeps):
            yield from self._decided(described.maybe_past())
            return
        yield from self._ranges(described.past_but(described.expiry.keeps))
        for selection in described.expiry.personal:
            for condition in described.conditions(selection):
                yield from self._found(described.maybe_past() & condition)

    def _ranges(self, past: ColumnElement[bool]) -> Iterator[int]:
        """Delete by ranges of so many keys each, whether their rows are past or not: an index tells where one ends."""
        ranges, turns, after = Ranges(self._described, past), Turns(), None
        while True:
            ends: list[Key | None] = []

            def step(connection: Connection, ends: list[Key | None] = ends, after: Key | None = after) -> int:
                ends.append(ranges.end_of(connection, after, turns.rows))
                return ranges.delete(connection, after, ends[-1])

            size = turns.rows
            rows = self._timed(turns, step)
            if rows is None:
                continue
            yield rows
            after = ends[-1]
            if after is None:
                return
            ranges.went(rows, of=size, end=after)

    def _found(self, condition: ColumnElement[bool]) -> Iterator[int]:
        """Delete what rows' own values say is past, found by other columns than their keys, in whatever order.

        They are read as they were before the first goes; each is read again, and locked, before it does.
        """
        reader, turns = Reader(self._described), Turns()
        with self._snapshot() as snapshot:
            for batch in reader.all(Reading(snapshot), condition):
                keys = [key for key, age, is_held, _row in batch if age is Age.PAST and not is_held]
                while keys:
                    some = keys[: turns.rows]
                    rows = self._timed(turns, partial(self._delete_again, reader=reader, keys=some))
                    if rows is not None:
                        keys = keys[len(some) :]
                        yield rows

    def _delete_again(self, connection: Connection, *, reader: Reader, keys: list[Key]) -> int:
        rows = reader.next(connection, self._described.among(keys), None, len(keys))
        gone = [key for key, age, is_held, _row in rows if age is Age.PAST and not is_held]
        return self._delete_keys(connection, gone) if gone else 0

    def _decided(self, condition: ColumnElement[bool]) -> Iterator[int]:
        """Delete what each row's own values say is past: read and locked, then deleted by its key."""
        reader, turns = Reader(self._described), Turns()
        after: Key | None = None
        while True:
            met: list[Key] = []

            def step(connection: Connection, met: list[Key] = met, after: Key | None = after) -> int:
                met.clear()
                rows = reader.next(connection, condition, after, turns.rows)
                met.extend(key for key, *_rest in rows)
                gone = [key for key, age, is_held, _row in rows if age is Age.PAST and not is_held]
                return self._delete_keys(connection, gone) if gone else 0

            size = turns.rows
            rows = self._timed(turns, step)
            if rows is None:
                continue
            yield rows
            if len(met) < size:
                return
            after = met[-1]

    def _delete_keys(self, connection: Connection, keys: list[Key]) -> int:
        described = self._described
        within = described.among(keys)
        return connection.execute(delete(described.table.clause).where(within, *described.unnamed())).rowcount

    def _timed(self, turns: Turns, step: Callable[[Connection], int]) -> int | None:
        """Do a step in a transaction; None if it took too long and nothing was done. Raises StoreError."""
        start = monotonic()
        try:
            with self._transaction() as connection, limited(connection):
                rows = step(connection)
        except TooLongError as error:
            if turns.was_too_long():
                return None
            what = f"{self._described.name}: a few rows take more than a second to delete"
            raise StoreError(f"{what}; is an index missing on what refers to them?", retry=True) from error
        turns.took(monotonic() - start)
        return rows
