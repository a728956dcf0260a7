"""A row of a file as it was before an erasure, and the texts of many such rows, which are held on disk."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Collection as Names
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import IO, Any

from dsar.datamap.model import Collection
from dsar.stores.inside import Inside
from dsar.stores.masks import made_of, told
from dsar.stores.matching import fields_by_path, key_of
from dsar.stores.restorable import RawRow
from dsar.values import Row, Value, at_path, value_to_json


@dataclass(frozen=True, slots=True)
class Kept:
    """A row: `text` is its line, record or element as it stood there, of Parquet a table of one row.

    `block` tells the rows that one block has taken, whose numbers belong together: `number` is the row's place in its
    file then. `known`: what tells the row again when parts of it are others, "" where nothing does; `was`: field of
    which something is masked -> what tells its value, and `made`: what tells what the masks make of it. `head`: of the
    first row of a file what else must be known to make the file anew.
    """

    block: str
    file: str
    number: int
    text: str
    known: str = ""
    was: Mapping[str, str] = field(default_factory=dict)
    made: Mapping[str, str] = field(default_factory=dict)
    head: Mapping[str, Any] | None = None

    @classmethod
    def read(cls, row: RawRow) -> Kept:
        return cls(**row)

    def row(self) -> RawRow:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Item:
    """A row that is kept, without its text, which is at that place among `Texts`."""

    number: int
    printed: int
    start: int
    size: int
    known: str


class Texts:
    """The texts of rows, in a file that nobody sees and that is gone when it is closed."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._end = file, 0

    def add(self, kept: Kept, printed: int) -> Item:
        text = kept.text.encode()
        self._file.seek(self._end)
        self._file.write(text)
        item = Item(kept.number, printed, self._end, len(text), kept.known)
        self._end += len(text)
        return item

    def of(self, item: Item) -> bytes:
        self._file.seek(item.start)
        return self._file.read(item.size)


@contextmanager
def opened_texts() -> Iterator[Texts]:
    with tempfile.TemporaryFile() as file:
        yield Texts(file)


class Knowing:
    """Tells rows of one collection again: by their primary key, or by all that no mask changes.

    `or_rest`: whether the latter is good enough.
    """

    def __init__(self, collection: Collection, masks: Names[str], *, or_rest: bool) -> None:
        fields = fields_by_path(collection)
        self._primary, self._or_rest = collection.primary_key, or_rest
        self._items = tuple(fields[path] for path in collection.primary_key)
        self._rest = sorted(item.name for item in collection.readable if item.name not in masks)

    def of(self, row: Row) -> str:
        key = key_of(tuple(next(iter(at_path(row, path)), None) for path in self._primary), self._items)
        if self._primary and key is not None:
            return _printed(repr(key).encode())
        return _printed(value_to_json({name: row.get(name) for name in self._rest})) if self._or_rest else ""


def values_of(row: Row, masks: Mapping[str, Inside]) -> dict[str, str]:
    """Return what tells the value of each field of which something is masked."""
    return {name: value_print(row.get(name)) for name in masks}


def made_of_row(row: Row, masks: Mapping[str, Inside]) -> dict[str, str]:
    """Return what tells what the masks make of the value of each. Raises ForbiddenError."""
    return {name: made_print(made_of(row.get(name), inside)) for name, inside in masks.items()}


def value_print(value: Value) -> str:
    return _printed(value_to_json(value))


def made_print(value: Value) -> str:
    """Return what tells a value that masks may have written: it is the same for all texts that are made."""
    return _printed(told(value))


def _printed(text: bytes) -> str:
    return hashlib.blake2b(text, digest_size=12).hexdigest()
