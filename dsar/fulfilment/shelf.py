"""Join keys on disk, where they are too many for memory: a table of SQLite in a file without a name.

The file lies where rows wait, too (`TMPDIR`), and is unlinked as soon as it is open: a process that is killed leaves
nothing behind. It is made only once the keys no longer fit the pages that SQLite keeps in memory.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Iterable, Iterator, Sequence

#: A key: its form, its reach, its values as they were spelt.
Line = tuple[bytes, int, bytes]

#: Keys in memory while a place is read.
PAGE = 5_000
_LOOKED_UP = 500  # forms a statement; SQLite before 3.32 bound no more than 999 values
_OPENING = (
    # Nothing is ever rolled back, nothing outlives the process: what guards against that would only cost.
    "pragma journal_mode = off",
    "pragma synchronous = off",
    "pragma temp_store = memory",
    "pragma cache_size = -4096",  # KiB
    "create table keys (place integer, form blob, reach integer, spelt blob, primary key (place, form)) without rowid",
    "begin",
)
_PUT = """
insert into keys values (?, ?, ?, ?) on conflict (place, form)
do update set reach = excluded.reach, spelt = excluded.spelt where excluded.reach < reach
"""
_READ = "select form, reach, spelt from keys where place = ? and form > ? order by form limit ?"
_READ_REACH = "select form, reach, spelt from keys where place = ? and form > ? and reach = ? order by form limit ?"
_LOOK_UP = f"select form, reach from keys where place = ? and form in ({', '.join('?' * _LOOKED_UP)})"  # noqa: S608


class Shelf:
    """Places by number, each with keys by their form. Used by one thread at a time."""

    def __init__(self) -> None:
        # It may be let go of by another thread than the one that used it.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        weakref.finalize(self, self._database.close)
        for statement in _OPENING:
            self._database.execute(statement)
        self._places = 0

    def new_place(self) -> int:
        self._places += 1
        return self._places

    def put(self, place: int, lines: Iterable[Line]) -> None:
        """Add keys; of two with one form the one with the better reach stays. Sorted ones cost least."""
        self._database.executemany(_PUT, ((place, *line) for line in lines))

    def pages(self, place: int, reach: int | None = None) -> Iterator[list[Line]]:
        """Yield the keys of a place in the order of their forms: all, or those found at one reach."""
        last: bytes = b""
        while page := self._page(place, last, reach):
            yield page
            last = page[-1][0]

    def _page(self, place: int, last: bytes, reach: int | None) -> list[Line]:
        if reach is None:
            return self._database.execute(_READ, (place, last, PAGE)).fetchall()
        return self._database.execute(_READ_REACH, (place, last, reach, PAGE)).fetchall()

    def reaches(self, place: int, forms: Sequence[bytes]) -> dict[bytes, int]:
        """Return the reach of those of the forms that are here."""
        found: dict[bytes, int] = {}
        for at in range(0, len(forms), _LOOKED_UP):
            part = list(forms[at : at + _LOOKED_UP])
            part += part[-1:] * (_LOOKED_UP - len(part))  # one statement for all: SQLite prepares it once
            found.update(self._database.execute(_LOOK_UP, (place, *part)))
        return found
