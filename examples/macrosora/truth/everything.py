"""Everything that lies in the demo platform's stores, row by row: what a deletion must leave alone is summed up here.

Nothing of the portal is imported; rows are read as raw as each store has them.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from pyarrow import parquet

from examples.macrosora.bucket import archived
from examples.macrosora.truth.app import Database, Known, find_out_who, opened
from examples.macrosora.truth.forbidden import OWNER_COLUMNS
from examples.macrosora.truth.others import all_mail

Key = tuple[str, str]
_MODULUS = 1 << 256
#: Owners of rows that more than one person may read: these columns say who made them.
_MADE_BY: Mapping[Key, tuple[str, ...]] = {
    ("documents", "prompts"): ("owner_id",),
    ("app", "model_configurations"): ("owner_id",),
    ("app", "configuration_versions"): ("owner_id",),
    ("app", "ticket_messages"): ("author_email", "asked_by"),
    ("mail", "events"): ("email",),
}
#: By what another's row names an account, and lets go of it when that is deleted.
_LETS_GO: Mapping[Key, str] = {("app", "support_tickets"): "person_id"}
#: What an erasure writes in the place of a value begins so.
MASKED = "erased-"


@dataclass
class Sum:
    """Rows by collection, and one number for each collection that changes with any of them, whatever their order."""

    rows: Counter[Key] = field(default_factory=Counter)
    checksums: dict[Key, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, key: Key, row: Any) -> None:
        text = json.dumps(row, sort_keys=True, ensure_ascii=False, default=_plain)
        self.rows[key] += 1
        digest = int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
        self.checksums[key] = (self.checksums[key] + digest) % _MODULUS


@dataclass
class Summed:
    """One person's rows, those of everybody else, and those whose address an erasure has masked."""

    theirs: Sum = field(default_factory=Sum)
    others: Sum = field(default_factory=Sum)
    masked: Counter[Key] = field(default_factory=Counter)


def who_is(folder: Path, email: str) -> Known:
    """Return who has an address, before a deletion: afterwards nobody could tell. Raises sqlite3.Error."""
    with opened(folder / "app.sqlite3") as database:
        return find_out_who(database, (email,))


def sum_up(
    *,
    folder: Path,
    redis_url: str,
    s3_url: str,
    known: Known,
    as_if: Callable[[Key, Mapping[str, Any]], Mapping[str, Any]] | None = None,
) -> Summed:
    """Sum up every row of every store; the archive is on S3 if `s3_url` is not "".

    `as_if` makes of the person's rows what they are to be after a change.
    Raises sqlite3.Error, OSError, RedisError, botocore's errors.
    """
    result = Summed()
    for key, row in everything(folder, redis_url, s3_url):
        if any(str(value).startswith(MASKED) for value in row.values()):
            result.masked[key] += 1
        elif _is_theirs(key, row, known):
            result.theirs.add(key, as_if(key, row) if as_if else row)
        else:
            result.others.add(key, _let_go(key, row, known))
    return result


def _let_go(key: Key, row: Mapping[str, Any], known: Known) -> Mapping[str, Any]:
    """Return another's row as it is once the person is deleted: it names their account no more."""
    column = _LETS_GO.get(key)
    return {**row, column: None} if column and _names(row[column], known) else row


def everything(folder: Path, redis_url: str, s3_url: str) -> Iterator[tuple[Key, dict[str, Any]]]:
    """Yield (store, collection) and row of everything that is there."""
    with opened(folder / "app.sqlite3") as database:
        yield from _tables(database)
    yield from _lines(folder / "objects" / "usage")
    yield from _archive(archived(s3_url) if s3_url else _files(folder / "objects", "archive"))
    yield from _documents(folder / "objects")
    yield from _cache(redis_url)
    yield from all_mail(folder / "mail.json")


def _tables(database: Database) -> Iterator[tuple[Key, dict[str, Any]]]:
    asked_by = {row["id"]: row["requester_email"] for row in database.every("support_tickets")}
    for name in database.tables():
        for row in database.every(name):
            yield ("app", name), row | ({"asked_by": asked_by[row["ticket_id"]]} if name == "ticket_messages" else {})


def _lines(folder: Path) -> Iterator[tuple[Key, dict[str, Any]]]:
    for path in sorted(folder.glob("*/date=*/*.jsonl")):
        for line in path.read_bytes().splitlines():
            yield ("usage", path.parts[-3]), {"file": path.name, **json.loads(line)}


def _files(folder: Path, name: str) -> Iterator[tuple[str, bytes]]:
    for path in sorted((folder / name).rglob("*.parquet")):
        yield str(path.relative_to(folder)), path.read_bytes()


def _archive(files: Iterator[tuple[str, bytes]]) -> Iterator[tuple[Key, dict[str, Any]]]:
    for path, content in files:
        for batch in parquet.ParquetFile(io.BytesIO(content)).iter_batches():
            yield from ((("archive", path.split("/")[1]), {"file": path, **row}) for row in batch.to_pylist())


def _documents(folder: Path) -> Iterator[tuple[Key, dict[str, Any]]]:
    for path in sorted(folder.rglob("*.json")):
        kind = path.relative_to(folder).parts[0]
        owner = {"person_id": path.stem} if kind == "settings" else {}
        yield ("documents", kind), {"file": str(path.relative_to(folder)), **owner, **json.loads(path.read_bytes())}


def _cache(redis_url: str) -> Iterator[tuple[Key, dict[str, Any]]]:
    names = {"session": "live_sessions", "flags": "feature_flags", "rate": "rate_counters"}
    with redis.Redis.from_url(redis_url, decode_responses=True) as server:
        for key in server.scan_iter(count=1_000):
            kind, _, rest = key.partition(":")
            value = server.hgetall(key) if server.type(key) == "hash" else {"value": server.get(key)}
            owner = {} if kind == "session" else {"person_id": rest.partition(":")[0]}
            yield ("cache", names.get(kind, kind)), {"key": key, **value, **owner}


def _is_theirs(key: Key, row: Mapping[str, Any], known: Known) -> bool:
    columns = OWNER_COLUMNS.get(key) or _MADE_BY.get(key, ())
    return any(_names(row.get(column), known) for column in columns)


def _names(value: Any, known: Known) -> bool:
    if isinstance(value, str) and "@" in value:
        return known.has(value)
    return value is not None and str(value) in {str(number) for number in known.ids}


def _plain(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
