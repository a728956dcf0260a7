"""Fills the second tenant's database. It shares one address with Macrosora, and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from faker import Faker
from sqlalchemy import JSON, Boolean, Column, DateTime, ForeignKey, Integer, MetaData, String, Table, Text

from examples.macrosora import cast
from examples.macrosora.platform import chance
from examples.macrosora.platform.database import sqlite_url, write_tables

SIZE = 25
#: The id that the shared address has here: in Macrosora it is a stranger's.
SHARED_ACCOUNT_ID = 2003
SHARED_DISPLAY_NAME = "Ada (private notes)"

_METADATA = MetaData()
_ACCOUNTS = Table(
    "accounts",
    _METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("email", String(320), nullable=False, unique=True),
    Column("display_name", String(100), nullable=False),
    Column("plan", String(20), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)
_NOTES = Table(
    "notes",
    _METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("parent_id", Integer, ForeignKey("notes.id")),
    Column("title", String(200), nullable=False),
    Column("body", Text, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("pinned", Boolean, nullable=False),
    Column("edited_at", DateTime(timezone=True), nullable=False),
)
_SIGN_INS = Table(
    "sign_ins",
    _METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("ip_address", String(45), nullable=False),
)


def seed_second_tenant(*, folder: Path, seed: int = 2024, now: datetime) -> None:
    """Write `folder/app.sqlite3` anew, relative to the day of `now` (aware). Raises ValueError for a naive one."""
    today = chance.midnight(now)
    draw = chance.stream(seed, "nordlicht")
    accounts = _accounts(seed, today, draw)
    rows = [
        (_ACCOUNTS, accounts),
        (_NOTES, _notes(accounts, today, draw)),
        (_SIGN_INS, _sign_ins(accounts, today, draw)),
    ]
    write_tables(database_url=sqlite_url(folder / "app.sqlite3"), metadata=_METADATA, rows=rows)


def _accounts(seed: int, today: datetime, draw: Random) -> list[dict[str, Any]]:
    faker = Faker("no_NO")
    faker.seed_instance(seed)
    people = [(SHARED_ACCOUNT_ID, cast.ORDINARY.email, SHARED_DISPLAY_NAME)]
    people += [(number, f"{faker.user_name()}.{number}@post.example", faker.name()) for number in range(1, SIZE)]
    return [_account(number, email, name, today, draw) for number, email, name in people]


def _account(number: int, email: str, name: str, today: datetime, draw: Random) -> dict[str, Any]:
    return {
        "id": number,
        "email": email,
        "display_name": name,
        "plan": draw.choice(("free", "plus")),
        "password_hash": cast.secret("nordlicht-password", number),
        "created_at": today - timedelta(days=100 + draw.randrange(400)),
    }


def _notes(accounts: list[dict[str, Any]], today: datetime, draw: Random) -> list[dict[str, Any]]:
    """Return notes; every second one of an account stands below the one before it."""
    owners = [account["id"] for account in accounts for _ in range(draw.randint(2, 6))]
    rows: list[dict[str, Any]] = []
    for number, owner in enumerate(owners):
        before = rows[-1] if rows and rows[-1]["account_id"] == owner and number % 2 else None
        rows.append(_note(number, owner, before["id"] if before else None, today, draw))
    return rows


def _note(number: int, owner: int, parent: int | None, today: datetime, draw: Random) -> dict[str, Any]:
    return {
        "id": number,
        "account_id": owner,
        "parent_id": parent,
        "title": draw.choice(("Handleliste", "Tur", "")),
        "body": draw.choice(("Melk, brød, ost", "Husk å ringe", "")),
        "tags": draw.sample(["hjem", "jobb"], draw.randrange(3)),
        "pinned": draw.random() < 0.2,
        "edited_at": chance.moment(draw, today=today),
    }


def _sign_ins(accounts: list[dict[str, Any]], today: datetime, draw: Random) -> list[dict[str, Any]]:
    owners = [account["id"] for account in accounts for _ in range(draw.randint(1, 4))]
    return [
        {
            "id": number,
            "account_id": owner,
            "at": chance.moment(draw, today=today),
            "ip_address": chance.address(draw),
        }
        for number, owner in enumerate(owners)
    ]
