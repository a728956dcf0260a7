"""What files, Redis and the mail service owe a person, read by hand.

Ids are looked for in the bytes first: parsing what belongs to 100,000 others would take minutes.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import redis
from pyarrow import compute, parquet

from examples.macrosora.truth.app import Known
from examples.macrosora.truth.spelling import without

Row = dict[str, Any]
Owed = dict[tuple[str, str], list[Row]]


def usage_rows(folder: Path, known: Known) -> Owed:
    """Return the person's lines below `folder` (objects/usage), each with the day of its folder."""
    ids = _digits(known)
    errors = [
        without(row, ("diagnostics", "headers", "authorization"))
        for row in _lines(folder / "errors", (b"",))  # an address can be written in many ways: every line is read
        if known.has(row["user_email"])
    ]
    return {
        ("usage", "api_calls"): [row for row in _lines(folder / "api_calls", ids) if row["user_id"] in known.ids],
        ("usage", "page_views"): [row for row in _lines(folder / "page_views", ids) if row["person_id"] in known.ids],
        ("usage", "errors"): errors,
    }


def archive_rows(folder: Path, known: Known) -> Owed:
    """Return the person's rows of Parquet below `folder` (objects/archive), each with the day of its folder."""
    return {("archive", "api_calls"): list(_archived(folder / "api_calls", known))}


def _archived(folder: Path, known: Known) -> Iterator[Row]:
    for path in sorted(folder.glob("date=*/*.parquet")):
        day = path.parent.name.removeprefix("date=")
        found = parquet.ParquetFile(path).read().filter(compute.field("user_id").isin(list(known.ids)))
        for row in found.to_pylist():
            yield {"date": day, **row, "called_at": row["called_at"].isoformat()}


def _digits(known: Known) -> tuple[bytes, ...]:
    return tuple(str(number).encode() for number in known.ids)


def _lines(folder: Path, wanted: Collection[bytes]) -> Iterator[Row]:
    """Yield the rows of all lines that hold one of the wanted bytes, each with the day of its folder."""
    for path in sorted(folder.glob("date=*/*.jsonl")):
        day = path.parent.name.removeprefix("date=")
        for line in path.read_bytes().splitlines():
            if any(text in line for text in wanted):
                yield {"date": day, **json.loads(line)}


def document_rows(folder: Path, known: Known) -> Owed:
    """Return the person's documents below `folder` (objects): their own, and templates shared with them."""
    return {
        ("documents", "prompt_templates"): [
            row for row in _templates(folder, known) if known.ids & {row["owner_id"], *row["shared_with"]}
        ],
        ("documents", "workflows"): [
            without(row, ("steps", "credential")) for row in _workflows(folder, known) if row["owner_id"] in known.ids
        ],
        ("documents", "settings"): [without(row, ("integrations", "signing_key")) for row in _settings(folder, known)],
    }


def _templates(folder: Path, known: Known) -> Iterator[Row]:
    for path, document in _naming(folder, "prompts/*/v*.json", known):
        yield {"template_id": path.parent.name, "version": path.stem.removeprefix("v"), **document}


def _workflows(folder: Path, known: Known) -> Iterator[Row]:
    for path, document in _naming(folder, "workflows/*.json", known):
        yield {"workflow_id": path.stem, **document}


def _naming(folder: Path, pattern: str, known: Known) -> Iterator[tuple[Path, Row]]:
    """Yield the documents that hold one of the person's ids, in whatever role."""
    ids = _digits(known)
    for path in folder.glob(pattern) if ids else ():
        content = path.read_bytes()
        if any(text in content for text in ids):
            yield path, json.loads(content)


def _settings(folder: Path, known: Known) -> Iterator[Row]:
    for number in known.ids:
        path = folder / "settings" / f"{number}.json"
        if path.exists():
            yield {"person_id": path.stem, **json.loads(path.read_bytes())}


def cache_rows(redis_url: str, known: Known) -> Owed:
    """Return the person's keys of the Redis server. Raises RedisError."""
    ids = sorted(str(number) for number in known.ids)
    with redis.Redis.from_url(redis_url, decode_responses=True) as server:
        return {
            ("cache", "live_sessions"): list(_sessions(server, ids)) if ids else [],
            ("cache", "feature_flags"): [row for number in ids for row in _flags(server, number)],
            ("cache", "rate_counters"): [row for number in ids for row in _counters(server, number)],
        }


def _sessions(server: Any, ids: list[str]) -> Iterator[Row]:
    keys = server.scan_iter(match="session:*", count=1_000)
    while some := list(islice(keys, 1_000)):
        pipeline = server.pipeline(transaction=False)
        for key in some:
            pipeline.hget(key, "person_id")
        for key, owner in zip(some, pipeline.execute(), strict=True):
            if owner in ids:
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
    """Return the person's contacts and events, from the file that the mail service serves, less what it deleted."""
    contacts: dict[str, Row] = {}
    events: list[Row] = []
    with data.open("rb") as file:  # it is one document, with a contact a line and then a contact's events a line
        for line in file:
            text = line.rstrip(b",\n")
            key, _, found = text.partition(b": ")
            if text.startswith(b'{"id"') and known.has((contact := json.loads(text))["email"]):
                contacts[str(contact["id"])] = contact
            elif found.endswith(b"]") and json.loads(key) in contacts:
                events += json.loads(found)
    hidden, gone, changed = {"unsubscribe_token", "_links"}, _gone(data), _changed(data)
    return {
        ("mail", "contacts"): [
            {key: value for key, value in contact.items() if key not in hidden} | changed.get(number, {})
            for number, contact in contacts.items()
            if f"contact {number}" not in gone
        ],
        ("mail", "events"): [
            event for event in events if not {f"contact {event['contact_id']}", f"event {event['id']}"} & gone
        ],
    }


def all_mail(data: Path) -> Iterator[tuple[tuple[str, str], Row]]:
    """Yield every contact and every event that the service still has; an event with its contact's address."""
    gone, changed, document = _gone(data), _changed(data), json.loads(data.read_bytes())
    contacts = {str(contact["id"]): contact for contact in document["contacts"]}
    for number, contact in contacts.items():
        if f"contact {number}" not in gone:
            yield ("mail", "contacts"), contact | changed.get(number, {})
    for number, events in document["events"].items():
        for event in events if f"contact {number}" not in gone else ():
            if f"event {event['id']}" not in gone:
                yield ("mail", "events"), {**event, "email": contacts[number]["email"]}


def _changed(data: Path) -> dict[str, Row]:
    """Return who the service has subscribed or unsubscribed since the file was written, the newest word."""
    path = data.with_suffix(".changed")
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return {number: {"subscribed": word == "on"} for number, word in map(str.split, lines)}


def _gone(data: Path) -> set[str]:
    """Return what the service has noted beside the file as it deleted it."""
    path = data.with_suffix(".gone")
    return set(path.read_text("utf-8").splitlines()) if path.exists() else set()
