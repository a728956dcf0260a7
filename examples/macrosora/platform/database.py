"""Writes the application's database, anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, create_engine, insert
from sqlalchemy.schema import CreateIndex, CreateTable

from examples.macrosora.platform import (
    rows_access,
    rows_company,
    rows_configurations,
    rows_people,
    rows_support,
    tables,
)
from examples.macrosora.platform.accounts import Population
from examples.macrosora.platform.progress import Tell, silent, told

_WRITERS: tuple[tuple[Table, Callable[[Population], rows_people.Rows]], ...] = (
    (tables.people, rows_people.people),
    (tables.previous_emails, rows_people.previous_emails),
    (tables.consents, rows_people.consents),
    (tables.organisations, rows_company.organisations),
    (tables.memberships, rows_company.memberships),
    (tables.invitations, rows_company.invitations),
    (tables.invoices, rows_company.invoices),
    (tables.invoice_lines, rows_company.invoice_lines),
    (tables.api_keys, rows_access.api_keys),
    (tables.sessions, rows_access.sessions),
    (tables.sign_ins, rows_access.sign_ins),
    (tables.devices, rows_access.devices),
    (tables.feature_uses, rows_access.feature_uses),
    (tables.support_tickets, rows_support.support_tickets),
    (tables.ticket_messages, rows_support.ticket_messages),
    (tables.model_configurations, rows_configurations.model_configurations),
    (tables.configuration_versions, rows_configurations.configuration_versions),
    (tables.schema_migrations, lambda population: iter([{"version": "2026_08_01_devices"}])),
)
_ROWS_A_STATEMENT = 5_000


def sqlite_url(path: Path) -> str:
    """Return the address of a SQLite file that does not exist yet: an older one is removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for old in (path, *path.parent.glob(f"{path.name}-*")):
        old.unlink(missing_ok=True)
    return f"sqlite:///{path}"


def write_database(*, database_url: str, population: Population, tell: Tell = silent) -> None:
    """Drop the platform's tables, make them again and fill them, in one transaction."""
    rows = ((table, told(write(population), tell, f"rows of {table.name}")) for table, write in _WRITERS)
    write_tables(database_url=database_url, metadata=tables.METADATA, rows=rows)


def empty_database(*, database_url: str) -> None:
    """Make the platform's tables without a row: a platform that nobody has joined yet."""
    write_tables(database_url=database_url, metadata=tables.METADATA, rows=())


def write_tables(
    *, database_url: str, metadata: MetaData, rows: Iterable[tuple[Table, Iterable[dict[str, Any]]]]
) -> None:
    """Make the tables of `metadata` anew and fill them. Raises SQLAlchemyError if the database refuses."""
    engine = create_engine(database_url)
    try:
        with engine.begin() as connection:
            metadata.drop_all(connection)
            _create(connection, metadata)
            for table, values in rows:
                _fill(connection, table, iter(values))
    finally:
        engine.dispose()


def _create(connection: Connection, metadata: MetaData) -> None:
    # MetaData.create_all walks a set of indexes: the same seed would make another file each time.
    for table in metadata.sorted_tables:
        connection.execute(CreateTable(table))
        for index in sorted(table.indexes, key=lambda item: str(item.name)):
            connection.execute(CreateIndex(index))


def _fill(connection: Connection, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    # An INSERT without parameters would write one row of defaults, so the last, empty piece must not be sent.
    while values := list(islice(rows, _ROWS_A_STATEMENT)):
        connection.execute(insert(table), values)
