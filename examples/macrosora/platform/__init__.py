"""Fills the stores of the demo platform, the same way every time."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from examples.macrosora.platform.accounts import populate
from examples.macrosora.platform.cache import write_cache
from examples.macrosora.platform.database import sqlite_url, write_database
from examples.macrosora.platform.documents import write_documents
from examples.macrosora.platform.mail import write_mail
from examples.macrosora.platform.progress import Tell, silent
from examples.macrosora.platform.usage import write_usage

MAIL_DATA = "mail.json"


def seed_platform(
    *,
    folder: Path,
    redis_url: str,
    size: int = 200,
    seed: int = 2024,
    now: datetime,
    heavy_calls: int = 100_000,
    database_url: str | None = None,
    tell: Tell = silent,
) -> None:
    """Write every store of Macrosora anew, relative to the day of `now` (aware).

    The same arguments write the same rows. `size` people (at least 40), the cast among them; `database_url`
    writes the application's tables there instead of `folder/app.sqlite3`; `tell` hears how far it is. Raises
    ValueError for a size too small or a naive `now`, SQLAlchemyError, RedisError or OSError for a store that
    does not take its rows.
    """
    population = populate(size=size, seed=seed, now=now)
    write_database(database_url=database_url or sqlite_url(folder / "app.sqlite3"), population=population, tell=tell)
    write_usage(folder=folder / "objects", population=population, heavy_calls=heavy_calls, tell=tell)
    write_documents(folder=folder / "objects", population=population, tell=tell)
    write_cache(redis_url=redis_url, population=population, tell=tell)
    write_mail(path=folder / MAIL_DATA, population=population, tell=tell)
