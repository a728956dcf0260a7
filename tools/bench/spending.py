"""What a piece of work costs: seconds by the clock, and of the processor, the database server's included."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psycopg

T = TypeVar("T")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """Seconds; those of the processor can be more than those of the clock, where both work at once."""

    clock: float = 0.0
    processor: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.clock + other.clock, self.processor + other.processor)


@dataclass(frozen=True)
class Meter:
    """Measures this process together with the database server whose first process is `server`."""

    server: int

    @classmethod
    def of(cls, url: str) -> Meter:
        """Return the meter of the PostgreSQL at this address; it must run on this machine."""
        with psycopg.connect(url) as connection:
            row = connection.execute("select split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int").fetchone()
        return cls(row[0] if row else 0)

    def spent(self, work: Callable[[], T]) -> tuple[T, Spent]:
        """Do the work; return what it returns and what it has cost."""
        # The server is looked at before the first and after the last reading of our own clocks: looking takes a while.
        server = sum(_ticks(self.server))
        own, clock = time.process_time(), time.perf_counter()
        result = work()
        clock, own = time.perf_counter() - clock, time.process_time() - own
        return result, Spent(clock, own + (sum(_ticks(self.server)) - server) / _TICKS)


def _ticks(server: int) -> Iterator[int]:
    """Yield what the server's first process, its children and those that have ended have used."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended just now: its parent has counted it
            values = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(") ")[2].split()
            own, ended = map(int, values[11:13]), map(int, values[13:15])
            if folder.name == str(server):
                yield from (*own, *ended)
            elif values[1] == str(server):
                yield from own
