"""What the second tenant's database owes a person."""

from __future__ import annotations

from collections.abc import Collection

from examples.macrosora.truth.app import Database, Known, Row
from examples.macrosora.truth.spelling import Spell, document, folded, moment, same, spell, yes_or_no

TABLES: dict[str, dict[str, Spell]] = {
    "accounts": {"id": same, "email": same, "display_name": same, "plan": same, "created_at": moment},
    "notes": {
        "id": same,
        "account_id": same,
        "parent_id": same,
        "title": same,
        "body": same,
        "tags": document,
        "pinned": yes_or_no,
        "edited_at": moment,
    },
    "sign_ins": {"id": same, "account_id": same, "at": moment, "ip_address": same},
}


def who_writes_notes(database: Database, emails: Collection[str]) -> Known:
    proven = Known(frozenset(map(folded, emails)), frozenset())
    return Known(proven.emails, frozenset(row["id"] for row in database.addressed("accounts", "email", proven)))


def notes_rows(database: Database, known: Known) -> dict[str, list[Row]]:
    columns = {"accounts": "id", "notes": "account_id", "sign_ins": "account_id"}
    return {
        name: [spell(row, TABLES[name]) for row in database.where(name, column, known.ids)]
        for name, column in columns.items()
    }
