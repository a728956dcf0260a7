"""A finished bundle read again, to be looked at without unpacking: its categories, and rows searched and sorted.

Reads the archive's own datapackage.json and JSON Lines, so that what is shown is what was delivered.
"""

from __future__ import annotations

import heapq
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

import orjson

from dsar.bundle.blocks import whole_lines
from dsar.bundle.package import NAME

_CHUNK = 1 << 18
#: Sorted, so many rows are paged through: they are kept in memory, and nobody reads further.
MOST_SORTED = 10_000
_NUMBERS = frozenset({"integer", "number"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its Table Schema type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """The rows of one collection, as the data package describes them; `rows` is how many there are."""

    dataset: str
    collection: str
    title: str
    description: str
    topic: str
    path: str
    rows: int
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class Ask:
    """What is looked for: `text` anywhere, or in the column `within`; sorted by a column, or as the file has it."""

    text: str = ""
    within: str = ""
    sort: str = ""
    is_down: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A row with its number in the file, from 1."""

    number: int
    values: Mapping[str, Any]


def shelves(archive: zipfile.ZipFile) -> list[Shelf]:
    """Return every collection of which the bundle holds rows. Raises KeyError or one of bundle.reading.DAMAGE."""
    package = orjson.loads(archive.read(NAME))
    lines = [resource for resource in package["resources"] if resource["format"] == "jsonl"]
    return [_shelf(resource) for resource in lines if resource["rowCount"]]


def _shelf(resource: Mapping[str, Any]) -> Shelf:
    columns = tuple(Column(field["name"], field.get("type", "any")) for field in resource["schema"]["fields"])
    return Shelf(
        dataset=resource["dataset"],
        collection=resource["collection"],
        title=resource.get("title", resource["collection"]),
        description=resource.get("description", ""),
        topic=resource.get("topic", ""),
        path=resource["path"],
        rows=resource["rowCount"],
        columns=columns,
    )


def entries(archive: zipfile.ZipFile, shelf: Shelf, ask: Ask) -> Iterator[Entry]:
    """Yield the rows that fit, in the order asked for; sorted, the first MOST_SORTED of them."""
    found = _fitting(_all(archive, shelf), ask)
    column = shelf.column(ask.sort)
    if column is None:
        return found
    pick = heapq.nlargest if ask.is_down else heapq.nsmallest
    return iter(pick(MOST_SORTED, found, key=lambda entry: _rank(entry.values.get(column.name), column)))


def entry(archive: zipfile.ZipFile, shelf: Shelf, number: int) -> Entry | None:
    """Return one row by its number, None if there is none."""
    return next(islice(_all(archive, shelf), number - 1, number), None) if number > 0 else None


def _all(archive: zipfile.ZipFile, shelf: Shelf) -> Iterator[Entry]:
    with archive.open(shelf.path) as file:
        blocks = whole_lines(iter(lambda: file.read(_CHUNK), b""))
        lines = (line for block in blocks for line in block.splitlines())
        for number, line in enumerate(lines, start=1):
            yield Entry(number, orjson.loads(line))


def _fitting(found: Iterable[Entry], ask: Ask) -> Iterator[Entry]:
    wanted = ask.text.strip().casefold()
    if not wanted:
        return iter(found)
    return (item for item in found if any(wanted in told(value).casefold() for value in _searched(item, ask)))


def _searched(item: Entry, ask: Ask) -> Iterable[Any]:
    return [item.values.get(ask.within)] if ask.within else item.values.values()


def told(value: Any) -> str:
    """Return a value as the text that is searched: "" for a missing one."""
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _rank(value: Any, column: Column) -> tuple[int, Any]:
    """Order missing values first, then numbers by size, then text regardless of case."""
    if value is None:
        return (0, 0)
    if column.type in _NUMBERS and not isinstance(value, bool):
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            return (2, told(value).casefold())
        if not number.is_nan():
            return (1, number)
    return (2, told(value).casefold())
