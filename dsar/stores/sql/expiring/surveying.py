"""Counts what is past, in one snapshot that changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, select

from dsar.stores.ages import Age, instant
from dsar.stores.expiring import Survey
from dsar.stores.sql.expiring import times
from dsar.stores.sql.expiring.described import Described, Key
from dsar.stores.sql.expiring.reading import Aged, Reader, moments
from dsar.stores.sql.fetching import Reading
from dsar.stores.sql.values import reader_of
from dsar.values import Value

#: Keys in one statement.
_MOST_KEYS = 1_000


def survey(described: Described, connection: Connection) -> Survey:
    """Count the rows of a described table by what would become of them."""
    return _Surveying(described, connection).run()


class _Surveying:
    def __init__(self, described: Described, connection: Connection) -> None:
        self._described, self._connection = described, connection
        self._reading = Reading(connection)
        self._found = Survey()
        self._met: set[Key] = set()

    def run(self) -> Survey:
        described = self._described
        if not described.can_tell_without(described.expiry.personal):
            self._read(described.only, counts_odd=True)
            return self._found
        self._count_general()
        self._count_odd()
        for selection in described.expiry.personal:
            for condition in described.conditions(selection):
                self._read(described.maybe_past() & condition, counts_odd=False)
        return self._found

    def _count_general(self) -> None:
        described, found = self._described, self._found
        past = described.past_but(described.expiry.personal)
        query = select(func.count(), func.min(described.table.read(described.time.name))).where(past)
        rows, oldest = self._connection.execute(query.select_from(described.table.clause)).one()
        found.past += rows
        if rows:
            declared = {item.name: item for item in described.collection.fields}
            item = declared.get(described.time.name)
            found.met(self._moment(reader_of(item, described.kind, described.dialect)(oldest)))
        self._count_named(past)

    def _count_odd(self) -> None:
        described, expiry = self._described, self._described.expiry
        self._found.count(Age.MISSING, self._count(described.time.is_(None)))
        if times.has_no_zone(described.kind, expiry.general):
            self._found.count(Age.NO_ZONE, self._count(described.time.is_not(None)))
        else:
            later = times.after(described.time, described.kind, expiry.present)
            self._found.count(Age.FUTURE, self._count(later))

    def _count(self, condition: ColumnElement[bool]) -> int:
        described = self._described
        query = select(func.count()).select_from(described.table.clause).where(described.only, condition)
        return int(self._connection.execute(query).scalar_one())

    def _count_named(self, condition: ColumnElement[bool]) -> None:
        """Count the rows that rows of other tables name. Those of the table itself may go before them."""
        for naming in self._described.naming:
            if not naming.is_own:
                rows = self._count(and_(condition, naming.condition))
                if rows:
                    self._found.named[naming.table] = self._found.named.get(naming.table, 0) + rows

    def _read(self, condition: ColumnElement[bool], *, counts_odd: bool) -> None:
        """Count rows by what is read of them; what the database has told of others is not counted twice."""
        for batch in Reader(self._described).all(self._reading, condition):
            self._take(batch, counts_odd=counts_odd)

    def _take(self, batch: Sequence[Aged], *, counts_odd: bool) -> None:
        described, found = self._described, self._found
        gone: list[Key] = []
        for key, age, is_held, row in batch:
            if counts_odd:
                found.count(age)
            if age is not Age.PAST or key in self._met:
                continue
            if not counts_odd:
                self._met.add(key)  # the next condition may find it again
            if is_held:
                found.held += 1
            else:
                gone.append(key)
            for value in moments(row, described.expiry.time_field):
                found.met(self._moment(value))
        found.past += len(gone)
        for at in range(0, len(gone), _MOST_KEYS):
            self._count_named(described.among(gone[at : at + _MOST_KEYS]))

    def _moment(self, value: Value) -> datetime | None:
        return instant(value, self._described.expiry.zone)
