"""Rows of a table by ranges of their keys, each of so many rows at most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Executable, bindparam, delete, func, select
from sqlalchemy import types as sqltypes

from dsar.stores.sql.expiring.described import Described, Key

#: The greatest whole number that any database's key may be.
_GREATEST = (1 << 63) - 1


class Ranges:
    """Deletes the rows of a described table that fit a condition, range by range.

    Statements are built once: for all ranges that have a beginning and an end they are the same.
    """

    def __init__(self, described: Described, condition: ColumnElement[bool]) -> None:
        self._described, self._condition = described, condition
        self._built: dict[tuple[bool, bool], Sequence[Executable]] = {}
        self._ends: dict[bool, Executable] = {}
        self._is_full = False

    def end_of(self, connection: Connection, after: Key | None, rows: int) -> Key | None:
        """Return the key at which to stop after so many rows; None if fewer are left. It locks nothing.

        Of whole numbers no more than `rows` are in a range of that length: while most of a range's rows went, nobody
        needs to look where the next one ends.
        """
        if self._is_full and after is not None and after[0] + rows <= _GREATEST:
            return (after[0] + rows,)
        statement = self._ends.get(after is None)
        if statement is None:
            statement = self._ends[after is None] = self._end(has_start=after is not None)
        found = connection.execute(statement, {**_values("after", after), "rows": rows - 1}).first()
        return None if found is None else tuple(found)

    def delete(self, connection: Connection, after: Key | None, end: Key | None) -> int:
        """Delete what fits and is not named by other rows; return how many rows that were."""
        shape = (after is not None, end is not None)
        if shape not in self._built:
            self._built[shape] = self._statements(*shape)
        values = {**_values("after", after), **_values("end", end)}
        for statement in self._built[shape]:
            result = connection.execute(statement, values)
        rows: int = result.rowcount
        return rows

    def went(self, rows: int, *, of: int, end: Key | None) -> None:
        """Take note of how many rows of a range went."""
        key = self._described.key
        is_counted = len(key) == 1 and isinstance(key[0].type, sqltypes.Integer)
        self._is_full = is_counted and end is not None and 2 * rows >= of

    def _end(self, *, has_start: bool) -> Executable:
        described = self._described
        beyond = described.beyond(self._bound("after") if has_start else None)
        query = select(*described.key).select_from(described.table.clause).where(beyond)
        return query.order_by(*described.key).offset(bindparam("rows", type_=BigInteger())).limit(1)

    def _statements(self, has_start: bool, has_end: bool) -> Sequence[Executable]:
        described, table = self._described, self._described.table.clause
        within = (
            self._condition
            & described.beyond(self._bound("after") if has_start else None)
            & described.up_to(self._bound("end") if has_end else None)
        )
        deleting = delete(table).where(within, *described.unnamed())
        if not described.naming:
            return (deleting,)
        # Nobody may name a row between the look at who does and its end: a new name waits for its row.
        locked = select(*described.key).where(within).with_for_update().subquery()
        return select(func.count()).select_from(locked), deleting

    def _bound(self, name: str) -> Key:
        """Return parameters instead of a key's values; of whole numbers as wide as a range's end may be."""
        kinds = [column.type for column in self._described.key]
        return tuple(
            bindparam(f"{name}_{at}", type_=BigInteger() if isinstance(kind, sqltypes.Integer) else kind)
            for at, kind in enumerate(kinds)
        )


def _values(name: str, key: Key | None) -> dict[str, Any]:
    return {f"{name}_{at}": value for at, value in enumerate(key or ())}
