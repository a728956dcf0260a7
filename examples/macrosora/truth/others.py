"""What files, Redis and the mail service owe a person, read by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import redis

from examples.macrosora.truth.app import Known
from examples.macrosora.truth.spelling import without

Row = dict[str, Any]
Owed = dict[tuple[str, str], list[Row]]


def usage_rows(folder: Path, known: Known) -> Owed:
    """Return the person's lines below `folder` (objects/usage), each with the day of its folder."""
    errors = [
        without(row, ("diagnostics", "headers", "authorization"))
        for row in _lines(folder / "errors")
        if known.has(row["user_email"])
    ]
    return {
        ("usage", "api_calls"): [row for row in _lines(folder / "api_calls") if row["user_id"] in known.ids],
        ("usage", "page_views"): [row for row in _lines(folder / "page_views") if row["person_id"] in known.ids],
        ("usage", "errors"): errors,
    }


def _lines(folder: Path) -> Iterator[Row]:
    for path in sorted(folder.glob("date=*/*.jsonl")):
        day = path.parent.name.removeprefix("date=")
        for line in path.read_bytes().splitlines():
            yield {"date": day, **json.loads(line)}


def document_rows(folder: Path, known: Known) -> Owed:
    """Return the person's documents below `folder` (objects): their own, and templates shared with them."""
    return {
        ("documents", "prompt_templates"): [
            row for row in _templates(folder) if known.ids & {row["owner_id"], *row["shared_with"]}
        ],
        ("documents", "workflows"): [
            without(row, ("steps", "credential")) for row in _workflows(folder) if row["owner_id"] in known.ids
        ],
        ("documents", "settings"): [
            without(row, ("integrations", "signing_key"))
            for row in _settings(folder)
            if row["person_id"] in {str(number) for number in known.ids}
        ],
    }


def _templates(folder: Path) -> Iterator[Row]:
    for path in folder.glob("prompts/*/v*.json"):
        version = path.stem.removeprefix("v")
        yield {"template_id": path.parent.name, "version": version, **json.loads(path.read_bytes())}


def _workflows(folder: Path) -> Iterator[Row]:
    for path in folder.glob("workflows/*.json"):
        yield {"workflow_id": path.stem, **json.loads(path.read_bytes())}


def _settings(folder: Path) -> Iterator[Row]:
    for path in folder.glob("settings/*.json"):
        yield {"person_id": path.stem, **json.loads(path.read_bytes())}


def cache_rows(redis_url: str, known: Known) -> Owed:
    """Return the person's keys of the Redis server. Raises RedisError."""
    ids = sorted(str(number) for number in known.ids)
    with redis.Redis.from_url(redis_url, decode_responses=True) as server:
        return {
            ("cache", "live_sessions"): [row for row in _sessions(server) if row["person_id"] in ids],
            ("cache", "feature_flags"): [row for number in ids for row in _flags(server, number)],
            ("cache", "rate_counters"): [row for number in ids for row in _counters(server, number)],
        }


def _sessions(server: Any) -> Iterator[Row]:
    for key in server.scan_iter(match="session:*", count=1_000):
        fields = {name: value for name, value in server.hgetall(key).items() if name != "csrf_token"}
        yield {"session_id": key.removeprefix("session:"), **fields}


def _flags(server: Any, number: str) -> Iterator[Row]:
    text = server.get(f"flags:{number}")
    if text is not None:
        yield {"person_id": number, **json.loads(text)}


def _counters(server: Any, number: str) -> Iterator[Row]:
    for key in server.scan_iter(match=f"rate:{number}:*", count=1_000):
        yield {"person_id": number, "window": key.rpartition(":")[2], "value": server.get(key)}


def mail_rows(data: Path, known: Known) -> Owed:
    """Return the person's contacts and their events, from the file that the mail service serves."""
    book = json.loads(data.read_bytes())
    contacts = [contact for contact in book["contacts"] if known.has(contact["email"])]
    hidden = {"unsubscribe_token", "_links"}
    return {
        ("mail", "contacts"): [
            {key: value for key, value in contact.items() if key not in hidden} for contact in contacts
        ],
        ("mail", "events"): [event for contact in contacts for event in book["events"][str(contact["id"])]],
    }
