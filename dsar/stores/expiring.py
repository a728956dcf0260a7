"""What a store can do besides: tell which rows of a collection are past their time, and delete them bit by bit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from dsar.datamap.model import Collection
from dsar.stores.ages import Age, Limit, age_of, instant, limit, parsed
from dsar.stores.base import Alternative, Selection
from dsar.values import Row, Value, at_path


@dataclass(frozen=True)
class Expiry:
    """When rows of one collection are past their time, at the aware moment `now`.

    Rows that none of the `personal` selections means stay `days`. For those that one means `days_of` is asked, which
    returns their days, or None for what must not go at all (a legal hold, a restriction); it takes any row, and never
    returns less than `least`. Whether somebody's rows may stay longer than `days` is in `keeps`: what of `personal` is
    to be left alone although it is older. `only` are the fixed values that rows must have.
    """

    now: datetime
    days: int
    time_field: str
    zone: str | None = None
    only: Mapping[str, Value] = field(default_factory=dict)
    personal: Sequence[Selection] = ()
    keeps: Sequence[Selection] = ()
    least: int = 90
    days_of: Callable[[Row], int | None] = lambda row: None  # replaced wherever there is a personal selection
    fits: Callable[[Row], bool] = lambda row: True  # whether a row has the values of `only`, compared by code points
    asks: frozenset[str] = frozenset()  # the paths that `days_of` looks at
    _limits: dict[int, Limit] = field(default_factory=dict, compare=False, repr=False)

    def before(self, days: int) -> Limit:
        """Return the limit that rows are past after so many days."""
        if days not in self._limits:  # asked of every row that is read
            self._limits[days] = limit(self.now - timedelta(days=days), self.zone)
        return self._limits[days]

    @property
    def general(self) -> Limit:
        return self.before(self.days)

    @property
    def present(self) -> Limit:
        return self.before(0)

    @property
    def soonest(self) -> Limit:
        """The limit that no row can be past without being older than it."""
        return self.before(min(self.days, self.least))

    @property
    def everything(self) -> Selection:
        """Return what selects every row that has the fixed values, where a store tells rows by what it reads."""
        return Selection((Alternative((), frozenset({()})),), self.only)

    def is_to_go(self, row: Row) -> bool:
        """Return whether a row is past its time and nobody holds it."""
        age, is_held = self.age(row)
        return age is Age.PAST and not is_held

    def age(self, row: Row) -> tuple[Age, bool]:
        """Return how old a row is by its own days, and whether it must not go at all; then by the general days."""
        days = self.days_of(row) if self.personal else self.days
        past = self.before(self.days if days is None else days)
        return age_of(row, self.time_field, past=past, now=self.present), days is None


@dataclass
class Survey:
    """What is in a collection: `past` rows would go and `held` ones are past, too, but must not.

    `oldest` is the time of the oldest of both. `named` counts past rows that rows of other tables still name, by
    table: they stay. `odd` counts rows whose age cannot be told, or is none yet; they stay.
    """

    past: int = 0
    held: int = 0
    oldest: datetime | None = None
    named: dict[str, int] = field(default_factory=dict)
    odd: dict[Age, int] = field(default_factory=dict)

    def count(self, age: Age, rows: int = 1) -> None:
        """Count rows of an age; those in time are not counted."""
        if rows and age not in (Age.PAST, Age.IN_TIME):
            self.odd[age] = self.odd.get(age, 0) + rows

    def met(self, moment: datetime | None) -> None:
        """Take the time of a row that is past."""
        if moment is not None and (self.oldest is None or moment < self.oldest):
            self.oldest = moment


def survey_rows(rows: Iterable[Row], expiry: Expiry) -> Survey:
    """Count rows that were read, all of a collection."""
    found = Survey()
    for row in rows:
        age, is_held = expiry.age(row)
        found.count(age)
        if age is Age.PAST:
            found.held, found.past = found.held + is_held, found.past + (not is_held)
            for value in at_path(row, expiry.time_field):
                found.met(instant(parsed(value), expiry.zone))
    return found


@runtime_checkable
class Expiring(Protocol):
    """Deletes by time. Nothing is deleted whose age cannot be told, nor what rows that stay name."""

    def survey(self, collection: Collection, expiry: Expiry) -> Survey:
        """Count, changing nothing. Raises StoreError."""

    def delete_expired(self, collection: Collection, expiry: Expiry) -> Iterator[int]:
        """Delete in short transactions; yield how many rows each has deleted, once it is committed.

        Whoever iterates may wait between two, or stop: nothing is half done. Raises StoreError, ForbiddenError.
        """
