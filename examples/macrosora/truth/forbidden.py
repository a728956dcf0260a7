"""What no bundle of a person may hold: any secret, and other people's ids or addresses where an owner stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from examples.macrosora.truth.app import Known, Tables
from examples.macrosora.truth.spelling import folded

_CANARY = re.compile(rb"CANARY-SECRET-[A-Za-z0-9_-]+")

#: Where a collection says whose a row is. Shared rows (templates, messages) name others rightly and are not here.
OWNER_COLUMNS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("app", "people"): ("id", "email"),
    ("app", "previous_emails"): ("person_id", "email"),
    ("app", "memberships"): ("person_id",),
    ("app", "invitations"): ("email",),
    ("app", "consents"): ("person_id", "email"),
    ("app", "api_keys"): ("person_id",),
    ("app", "sessions"): ("person_id",),
    ("app", "sign_ins"): ("person_id",),
    ("app", "devices"): ("person_id",),
    ("app", "feature_uses"): ("person_id",),
    ("app", "invoices"): ("billing_email",),
    ("app", "support_tickets"): ("requester_email",),
    ("usage", "api_calls"): ("user_id",),
    ("usage", "page_views"): ("person_id",),
    ("usage", "errors"): ("person_id", "user_email"),
    ("documents", "workflows"): ("owner_id",),
    ("documents", "settings"): ("person_id",),
    ("cache", "live_sessions"): ("person_id",),
    ("cache", "feature_flags"): ("person_id",),
    ("cache", "rate_counters"): ("person_id",),
    ("mail", "contacts"): ("email",),
    ("notes", "accounts"): ("id", "email"),
    ("notes", "notes"): ("account_id",),
    ("notes", "sign_ins"): ("account_id",),
}


@dataclass(frozen=True)
class Forbidden:
    """`secrets` must be nowhere in a bundle; `emails` (in normal form) and `ids` in no owner column."""

    secrets: frozenset[str]
    emails: frozenset[str]
    ids: frozenset[str]

    def foreign_rows(self, key: tuple[str, str], lines: Iterable[bytes]) -> list[str]:
        """Return a sentence for each row (JSON) of a collection whose owner column names somebody else."""
        return [
            f"{key[0]}:{key[1]} row {number}: {column} is another person's"
            for number, line in enumerate(lines, start=1)
            for column in OWNER_COLUMNS.get(key, ())
            if self._is_other(json.loads(line).get(column))
        ]

    def leaked(self, text: bytes) -> list[str]:
        """Return the secrets that stand in a text, whosever they are."""
        # Not only the known ones: whatever carries the mark is a secret, or a piece of one.
        return sorted({found.decode() for found in _CANARY.findall(text)})

    def _is_other(self, value: Any) -> bool:
        if isinstance(value, str) and "@" in value:
            return folded(value) in self.emails
        return value is not None and str(value) in self.ids


def forbidden_of(
    tables: Tables, known: Known, *, people: str, folder: Path, redis_url: str = "", mail: Path | None = None
) -> Forbidden:
    """Gather what must not be delivered; `people` is the table that holds the accounts."""
    others = [row for row in tables[people] if row["id"] not in known.ids]
    emails = {folded(email) for email in _addresses(tables, mail)} - known.emails
    return Forbidden(
        secrets=frozenset(_secrets(tables, folder, redis_url)),
        emails=frozenset(emails),
        ids=frozenset(str(row["id"]) for row in others),
    )


def _addresses(tables: Tables, mail: Path | None) -> Iterator[str]:
    for rows in tables.values():
        for row in rows:
            yield from (value for name, value in row.items() if name.endswith("email") and value)
    if mail is not None:
        yield from (contact["email"] for contact in json.loads(mail.read_bytes())["contacts"])


def _secrets(tables: Tables, folder: Path, redis_url: str) -> Iterator[str]:
    """Search every value of every store, not only those known to be secret."""
    for text in (*_texts_of(tables), *_texts_of_files(folder), *_texts_of_redis(redis_url)):
        yield from (found.decode() for found in _CANARY.findall(text))


def _texts_of(tables: Tables) -> Iterator[bytes]:
    for rows in tables.values():
        for row in rows:
            yield from (value.encode() for value in row.values() if isinstance(value, str))


def _texts_of_files(folder: Path) -> Iterator[bytes]:
    yield from (path.read_bytes() for path in folder.rglob("*.json*") if path.is_file())


def _texts_of_redis(redis_url: str) -> Iterator[bytes]:
    if not redis_url:
        return
    with redis.Redis.from_url(redis_url) as server:
        for key in server.scan_iter(match="session:*", count=1_000):
            yield from server.hvals(key)
