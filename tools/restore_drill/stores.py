"""The stores of the drill: two databases, a folder of files and a Redis server, with their backups.

Everything here goes past the portal: what a store holds is read as any program reads it.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
from pyarrow import parquet

#: What a mask has made is another text in each erasure.
_MADE = "erased-"

#: (part, place in it, a row as texts) -> how often.
Rows = Counter[tuple[str, str, tuple[str, ...]]]

#: What is backed up and restored by itself -> the datasets that lie in it.
PARTS = {"app": ("app",), "notes": ("notes",), "files": ("usage", "archive", "documents"), "cache": ("cache",)}
_DATABASES = ("app", "notes")


@dataclass
class Stores:
    """Below `folder`; `redis_url` names a database of a server that nothing else uses."""

    folder: Path
    redis_url: str

    def database(self, part: str) -> Path:
        return self.folder / f"{part}.sqlite3"

    @property
    def files(self) -> Path:
        return self.folder / "objects"

    def addresses(self) -> dict[str, str]:
        """Return dataset -> where its store is."""
        found = {part: f"sqlite:///{self.database(part)}" for part in _DATABASES}
        found |= dict.fromkeys(PARTS["files"], f"file://{self.files}")
        return {**found, "cache": self.redis_url}

    def back_up(self) -> None:
        """Copy everything as it is; a database at one moment, also while somebody writes to it."""
        for part in _DATABASES:
            source, target = sqlite3.connect(self.database(part)), sqlite3.connect(self.folder / f"{part}.backup")
            with closing(source), closing(target):
                source.backup(target)
        shutil.copytree(self.files, self.folder / "objects.backup")
        with self._server() as server:
            self._keys = {key: (server.dump(key), server.pttl(key)) for key in server.scan_iter()}

    def restore(self, parts: Iterable[str]) -> None:
        for part in parts:
            if part in _DATABASES:
                for file in self.folder.glob(f"{self.database(part).name}*"):
                    file.unlink()
                shutil.copy(self.folder / f"{part}.backup", self.database(part))
            elif part == "files":
                shutil.rmtree(self.files)
                shutil.copytree(self.folder / "objects.backup", self.files)
            else:
                self._restore_keys()

    def change(self, part: str, statement: str, values: Sequence[Any]) -> None:
        with closing(sqlite3.connect(self.database(part))) as database, database:
            database.execute(statement, values)

    def ask(self, part: str, statement: str) -> list[Any]:
        with closing(sqlite3.connect(self.database(part))) as database:
            return list(database.execute(statement))

    def append(self, path: str, line: bytes) -> None:
        (self.files / path).parent.mkdir(parents=True, exist_ok=True)
        with (self.files / path).open("ab") as file:
            file.write(line + b"\n")

    def set_key(self, key: str, fields: dict[str, str]) -> None:
        with self._server() as server:
            server.hset(key, mapping=fields)

    def rows(self) -> Rows:
        """Read every row of every table, every line of every file, and every key."""
        found: Rows = Counter()
        for part in _DATABASES:
            for table, row in self._tables(part):
                found[part, table, tuple(map(_told, row))] += 1
        for path in sorted(self.files.rglob("*")):
            if path.is_file():
                found.update(("files", str(path.relative_to(self.files)), (row,)) for row in _lines(path))
        found.update(("cache", key, (value,)) for key, value in self._values())
        return found

    def _values(self) -> Iterator[tuple[str, str]]:
        """Yield every key with its value: those of the demo are hashes and texts."""
        with self._server() as server:
            keys = list(server.scan_iter(count=1_000))
            for ask in ("hgetall", "get"):
                pipeline = server.pipeline(transaction=False)
                for key in keys:
                    getattr(pipeline, ask)(key)
                for key, value in zip(keys, pipeline.execute(raise_on_error=False), strict=True):
                    if not isinstance(value, redis.ResponseError):  # the other one's
                        yield key.decode(), repr(sorted(value.items()) if isinstance(value, dict) else value)

    def _tables(self, part: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
        with closing(sqlite3.connect(self.database(part))) as database:
            database.text_factory = bytes
            names = database.execute("select name from sqlite_schema where type = 'table'").fetchall()
            for (name,) in names:
                for row in database.execute(f'select * from "{name.decode()}"'):  # noqa: S608 - the demo's own table
                    yield name.decode(), row

    def _restore_keys(self) -> None:
        with self._server() as server:
            server.flushdb()
            for key, (dump, left) in self._keys.items():
                server.restore(key, max(left, 0), dump)

    def _server(self) -> redis.Redis:
        return redis.Redis.from_url(self.redis_url)


def _told(value: Any) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else repr(value)
    return _MADE if text.startswith(_MADE) else text


def _lines(path: Path) -> list[str]:
    if path.suffix == ".parquet":
        return [repr(row) for row in parquet.ParquetFile(path).read().to_pylist()]
    text = path.read_text(encoding="utf-8")
    return text.splitlines() if path.suffix == ".jsonl" else [text]
