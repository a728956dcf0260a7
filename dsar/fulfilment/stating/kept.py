"""What stood in rows before a state was written into them: to put it back, and as lines that can be kept.

{"collection": ["app", "people"], "key": [["integer", "7"]], "fields": {"status": [["string", "…"], null]}}

Values are what `dsar.fulfilment.spelling` makes of them; null is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import orjson

from dsar.fulfilment.joinkey import CollectionKey, Form, form_of
from dsar.fulfilment.spelling import KEY_TYPES, read_values, spell
from dsar.values import Value

#: The values of a row's primary key.
RowKey = tuple[Value, ...]


class NotKeepableError(Exception):
    """A row has no key, or holds something else than a single value: what stands there could not be put back."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """What was `written` into a field, and what stood there `before`."""

    written: Value
    before: Value


@dataclass(frozen=True, slots=True)
class KeptRow:
    key: RowKey
    fields: Mapping[str, Replaced]


@dataclass
class Kept:
    """Rows by collection. It grows as a state is written, and shrinks as rows are put back."""

    _rows: dict[CollectionKey, dict[Form, KeptRow]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return any(self._rows.values())

    def datasets(self) -> frozenset[str]:
        return frozenset(dataset for (dataset, _), rows in self._rows.items() if rows)

    def of(self, collection: CollectionKey) -> Mapping[Form, KeptRow]:
        return self._rows.get(collection, {})

    def collections(self) -> tuple[CollectionKey, ...]:
        return tuple(key for key, rows in self._rows.items() if rows)

    def remember(self, collection: CollectionKey, row: KeptRow) -> None:
        """Keep a row's fields besides those that are known of it, or in their place. Raises NotKeepableError."""
        if not all(type(value) in KEY_TYPES for value in row.key):
            raise NotKeepableError("a row has no primary key by which it could be found again")
        for item in row.fields.values():
            if item.before is not None and type(item.before) not in KEY_TYPES:
                name = type(item.before).__name__
                raise NotKeepableError(f"a value of type {name} stands there, which could not be put back")
        rows, form = self._rows.setdefault(collection, {}), form_of(row.key)
        known = rows.get(form)
        rows[form] = KeptRow(row.key, {**(known.fields if known else {}), **row.fields})

    def add(self, other: Kept) -> None:
        """Keep what is not known yet of what another has kept."""
        for collection, rows in other._rows.items():
            own = self._rows.setdefault(collection, {})
            for form, row in rows.items():
                own.setdefault(form, row)

    def forget(self, dataset: str) -> None:
        for key in [key for key in self._rows if key[0] == dataset]:
            del self._rows[key]

    def only(self, collections: Iterable[CollectionKey]) -> Kept:
        """Return what is kept of these collections alone."""
        wanted = frozenset(collections)
        return Kept({key: dict(rows) for key, rows in self._rows.items() if key in wanted})

    def to_lines(self) -> Iterator[bytes]:
        """Yield lines with their ends."""
        for collection, rows in self._rows.items():
            for row in rows.values():
                fields = {name: [_spelt(item.written), _spelt(item.before)] for name, item in row.fields.items()}
                document = {"collection": collection, "key": [_spelt(value) for value in row.key], "fields": fields}
                yield orjson.dumps(document) + b"\n"

    @classmethod
    def from_lines(cls, lines: Iterable[bytes]) -> Kept:
        """Return what `to_lines` wrote. Raises ValueError for anything else."""
        kept = cls()
        try:
            for line in lines:
                data = orjson.loads(line)
                dataset, name = data["collection"]
                fields = {
                    name: Replaced(_read(written), _read(before)) for name, (written, before) in data["fields"].items()
                }
                kept.remember((dataset, name), KeptRow(tuple(_read(value) for value in data["key"]), fields))
        except (KeyError, TypeError) as error:
            raise ValueError("these are no rows that were kept") from error
        return kept


def _spelt(value: Value) -> object:
    return None if value is None else orjson.loads(spell((value,)))[0]


def _read(data: object) -> Value:
    return None if data is None else read_values([data])[0]
