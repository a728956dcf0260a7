"""What the application's database owes a person, by plain sqlite3: only the person's rows leave the database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from examples.macrosora.truth.columns import COLUMNS
from examples.macrosora.truth.spelling import folded, spell

Row = dict[str, Any]
Tables = dict[str, list[Row]]


@dataclass(frozen=True)
class Known:
    """Who is meant: all addresses that are theirs, in normal form, and the ids of their accounts."""

    emails: frozenset[str]
    ids: frozenset[int]

    def has(self, email: str | None) -> bool:
        return email is not None and folded(email) in self.emails


class Database:
    """A SQLite file, read only."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.row_factory = sqlite3.Row
        connection.create_function("folded", 1, lambda text: None if text is None else folded(text), deterministic=True)

    def where(self, table: str, column: str, values: Collection[Any]) -> list[Row]:
        """Return the rows of the table that have one of the values in the column. Raises sqlite3.Error."""
        return self._select(table, f'"{column}"', values)

    def addressed(self, table: str, column: str, known: Known) -> list[Row]:
        """Return the rows that carry one of the person's addresses, however it is written. Raises sqlite3.Error."""
        return self._select(table, f'folded("{column}")', known.emails)

    def tables(self) -> list[str]:
        """Return the names of all tables. Raises sqlite3.Error."""
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        return [row["name"] for row in self._connection.execute(query)]

    def every(self, table: str) -> Iterator[Row]:
        """Yield every row of the table. Raises sqlite3.Error."""
        query = f'SELECT * FROM "{table}"'  # noqa: S608 - a name of this folder, or one that the database itself gave
        return (dict(row) for row in self._connection.execute(query))

    def _select(self, table: str, term: str, values: Collection[Any]) -> list[Row]:
        marks = ", ".join("?" * len(values))
        query = f'SELECT * FROM "{table}" WHERE {term} IN ({marks})'  # noqa: S608 - names are written in this folder
        return [dict(row) for row in self._connection.execute(query, tuple(values))]


@contextmanager
def opened(path: Path) -> Iterator[Database]:
    """Open the file for as long as it is asked. Raises sqlite3.Error, for a missing file too."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        yield Database(connection)
    finally:
        connection.close()


def find_out_who(database: Database, emails: Collection[str]) -> Known:
    """Follow proven addresses to accounts, and from those to their earlier addresses, until nothing is new."""
    known = Known(frozenset(map(folded, emails)), frozenset())
    while True:
        ids = frozenset(row["id"] for row in database.addressed("people", "email", known))
        earlier = {folded(row["email"]) for row in database.where("previous_emails", "person_id", ids)}
        following = Known(known.emails | earlier, ids)
        if following == known:
            return known
        known = following


def app_rows(database: Database, known: Known) -> dict[str, list[Row]]:
    """Return each table's rows for the person, as a bundle spells them."""
    owed = {**_by_person(database, known), **_by_address(database, known)}
    owed["invoice_lines"] = database.where("invoice_lines", "invoice_id", _ids(owed["invoices"]))
    owed["ticket_messages"] = _messages(database, _ids(owed["support_tickets"]), known)
    owed["model_configurations"] = _configurations(database, known)
    owed["configuration_versions"] = database.where(
        "configuration_versions", "configuration_id", {row["id"] for row in owed["model_configurations"]}
    )
    owed["organisations"] = _organisations(database, owed)
    return {name: [spell(row, COLUMNS[name]) for row in rows] for name, rows in owed.items()}


def _by_person(database: Database, known: Known) -> Tables:
    names = ("previous_emails", "memberships", "api_keys", "sessions", "sign_ins", "devices", "feature_uses")
    return {name: database.where(name, "person_id", known.ids) for name in names}


def _by_address(database: Database, known: Known) -> Tables:
    """Rows that carry an address are whose address it is, even if another way leads to them."""
    columns = {
        "people": "email",
        "invitations": "email",
        "consents": "email",
        "invoices": "billing_email",
        "support_tickets": "requester_email",
    }
    return {name: database.addressed(name, column, known) for name, column in columns.items()}


def _ids(rows: list[Row]) -> frozenset[int]:
    return frozenset(row["id"] for row in rows)


def _messages(database: Database, tickets: frozenset[int], known: Known) -> list[Row]:
    """All messages of the person's own tickets, and what they wrote themselves in anybody's."""
    wrote = database.addressed("ticket_messages", "author_email", known)
    told = database.where("ticket_messages", "ticket_id", tickets)
    return list({row["id"]: row for row in (*wrote, *told)}.values())


def _configurations(database: Database, known: Known) -> list[Row]:
    """The person's own, and those of others that they may work on."""
    return [
        row
        for row in database.every("model_configurations")
        if known.ids & {row["owner_id"], *json.loads(row["shared_with"])}
    ]


def _organisations(database: Database, owed: Tables) -> list[Row]:
    """Organisations that the person's own rows name; one named by somebody else's invitation is not theirs."""
    naming = ("memberships", "invitations", "invoices", "model_configurations")
    return database.where("organisations", "id", {row["organisation_id"] for name in naming for row in owed[name]})
