"""Fills the stores of the demo platform, the same way every time."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from examples.macrosora.platform.accounts import populate
from examples.macrosora.platform.database import sqlite_url, write_database


def seed_platform(
    *,
    folder: Path,
    redis_url: str,
    size: int = 200,
    seed: int = 2024,
    now: datetime,
    heavy_calls: int = 100_000,
    database_url: str | None = None,
) -> None:
    """Write every store of Macrosora anew, relative to the day of `now` (aware).

    The same arguments write the same rows. `size` people (at least 40), the cast among them; `database_url`
    writes the application's tables there instead of `folder/app.sqlite3`. Raises ValueError for a size too
    small or a naive `now`.
    """
    population = populate(size=size, seed=seed, now=now)
    write_database(database_url=database_url or sqlite_url(folder / "app.sqlite3"), population=population)
