"""What the application's database owes a person, by plain sqlite3."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
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


def read_tables(path: Path, names: Collection[str]) -> Tables:
    """Return every row of the tables. Raises sqlite3.Error, for a missing file too."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        connection.row_factory = sqlite3.Row
        return {name: [dict(row) for row in connection.execute(f'SELECT * FROM "{name}"')] for name in names}  # noqa: S608
    finally:
        connection.close()


def find_out_who(tables: Tables, emails: Collection[str]) -> Known:
    """Follow proven addresses to accounts, and from those to their earlier addresses, until nothing is new."""
    known = Known(frozenset(map(folded, emails)), frozenset())
    while True:
        ids = frozenset(row["id"] for row in tables["people"] if known.has(row["email"]))
        earlier = {folded(row["email"]) for row in tables["previous_emails"] if row["person_id"] in ids}
        following = Known(known.emails | earlier, ids)
        if following == known:
            return known
        known = following


def app_rows(tables: Tables, known: Known) -> dict[str, list[Row]]:
    """Return each table's rows for the person, as a bundle spells them."""
    owed = {**_by_person(tables, known), **_by_address(tables, known)}
    owed["invoice_lines"] = _children(tables["invoice_lines"], "invoice_id", owed["invoices"])
    owed["ticket_messages"] = _messages(tables, owed["support_tickets"], known)
    owed["organisations"] = _organisations(tables, owed)
    return {name: [spell(row, COLUMNS[name]) for row in rows] for name, rows in owed.items()}


def _by_person(tables: Tables, known: Known) -> Tables:
    names = ("previous_emails", "memberships", "api_keys", "sessions", "sign_ins", "devices", "feature_uses")
    return {name: [row for row in tables[name] if row["person_id"] in known.ids] for name in names}


def _by_address(tables: Tables, known: Known) -> Tables:
    """Rows that carry an address are whose address it is, even if another way leads to them."""
    columns = {
        "people": "email",
        "invitations": "email",
        "consents": "email",
        "invoices": "billing_email",
        "support_tickets": "requester_email",
    }
    return {name: [row for row in tables[name] if known.has(row[column])] for name, column in columns.items()}


def _children(rows: list[Row], column: str, parents: list[Row]) -> list[Row]:
    ids = {parent["id"] for parent in parents}
    return [row for row in rows if row[column] in ids]


def _messages(tables: Tables, tickets: list[Row], known: Known) -> list[Row]:
    """All messages of the person's own tickets, and what they wrote themselves in anybody's."""
    ids = {ticket["id"] for ticket in tickets}
    return [row for row in tables["ticket_messages"] if row["ticket_id"] in ids or known.has(row["author_email"])]


def _organisations(tables: Tables, owed: Tables) -> list[Row]:
    """Organisations that the person's own rows name; one named by somebody else's invitation is not theirs."""
    naming = ("memberships", "invitations", "invoices")
    ids = {row["organisation_id"] for name in naming for row in owed[name]}
    return [row for row in tables["organisations"] if row["id"] in ids]
