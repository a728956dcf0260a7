"""Puts the rows of an export into files of this machine: each file new, whole, and in no other's place.

They are written in a folder of their own first, and then given their names, which fails where a name is taken. After an
error those that have theirs already lose them again.
"""

from __future__ import annotations

import secrets
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from dsar.datamap.model import Collection
from dsar.stores.base import Arriving, ForbiddenError, MadeUp, StoreError
from dsar.stores.objects.files import translated
from dsar.stores.objects.source import Source
from dsar.values import Row


class ObjectsLoading:
    """A context manager: what was loaded has its names when it is left without an error."""

    def __init__(self, folder: Path, sources: Mapping[str, Source]) -> None:
        self._folder, self._sources = folder, sources
        self._token = secrets.token_hex(8)
        self._waiting = folder / f".loading-{self._token}"
        self._paths: dict[str, Path] = {}

    def __enter__(self) -> Self:
        with translated("the store's address"):
            self._waiting.mkdir(parents=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._give_names()
        finally:
            shutil.rmtree(self._waiting)

    def load(self, arriving: Sequence[Arriving]) -> Sequence[MadeUp]:
        for item in arriving:
            source = self._sources[item.collection.name]
            if source.format not in ("json", "jsonl"):
                where = f"{item.collection.dataset}:{item.collection.name}"
                raise StoreError(f"{where}: files of {source.format} cannot be loaded yet", retry=False)
            self._load(item, source)
        # Told now, while every store can still take everything back; a file that comes later is found by its name.
        for path in self._paths:
            if (self._folder / path).exists():
                raise _taken(path)
        return []

    def _load(self, item: Arriving, source: Source) -> None:
        documents: dict[str, list[Row]] = defaultdict(list)
        for batch in item.batches():
            for row in batch:
                path = self._path(item.collection, source, row)
                if source.format == "jsonl":
                    self._write(path, "ab", _inside(_without(row, source), source), orjson.OPT_APPEND_NEWLINE)
                else:
                    documents[path].append(_without(row, source))
        for path, rows in documents.items():
            self._write(path, "wb", _document(rows, source), orjson.OPT_INDENT_2)

    def _path(self, collection: Collection, source: Source, row: Row) -> str:
        values = {name: str(row[name]) for name in source.pattern.names if row.get(name) is not None}
        found = None
        if len(values) == len(source.pattern.names):
            found = source.pattern.build(values, f"import-{self._token}")
        if found is None:
            where = f"{collection.dataset}:{collection.name}"
            raise StoreError(f"{where}: a row's {', '.join(source.pattern.names)} make no path of a file", retry=False)
        return found

    def _write(self, path: str, mode: str, value: Any, option: int) -> None:
        with translated(path):
            file = self._paths.setdefault(path, self._waiting / str(len(self._paths)))
            with file.open(mode) as handle:
                handle.write(orjson.dumps(value, option=option))

    def _give_names(self) -> None:
        given: list[Path] = []
        try:
            for path, file in self._paths.items():
                self._give_name(path, file)
                given.append(self._folder / path)
        except BaseException:
            for name in given:
                name.unlink()
            raise

    def _give_name(self, path: str, file: Path) -> None:
        name = self._folder / path
        try:
            with translated(path):
                name.parent.mkdir(parents=True, exist_ok=True)
                # Not a renaming: that would take the place of a file that is there.
                name.hardlink_to(file)
        except StoreError as error:
            if isinstance(error.__cause__, FileExistsError):
                raise _taken(path) from None
            raise


def _taken(path: str) -> ForbiddenError:
    return ForbiddenError(f"{path}: there is such a file already")


def _without(row: Row, source: Source) -> Row:
    """Return what stands in the file: the rest is said by its name."""
    return {name: value for name, value in row.items() if name not in source.pattern.names}


def _document(rows: Sequence[Row], source: Source) -> Any:
    return _inside(rows[0] if len(rows) == 1 and not source.rows else list(rows), source)


def _inside(value: Any, source: Source) -> Any:
    """Return the value at the place in a document where its rows are looked for."""
    for name in reversed(source.rows):
        value = {name: value}
    return value
