"""The filters that a selection means: chunks of values, each one question, and which of them find a row."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo.collation import Collation

from dsar.datamap.model import Collection, Field
from dsar.stores.base import Alternative, Selection
from dsar.stores.batching import batched
from dsar.stores.matching import Key, fields_by_path, key_of, row_keys, wanted
from dsar.stores.mongo.forms import forms
from dsar.values import Row, Value

#: Values of one question, and characters of them: a message to the server has a limit of 16 MiB.
VALUES = 1_000
GROUPS = 200
_CHARACTERS = 1_000_000

#: Compares like dsar.stores.casting.fold_email, or more loosely: rows are compared again here.
ANY_CASE = Collation(locale="en", strength=2, normalization=True)

Values = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One find: `number` counts from 0, `collation` is None for the server's exact comparison."""

    number: int
    filter: Mapping[str, Any]
    collation: Collation | None


class Questions:
    """Everything that is asked for one selection."""

    def __init__(self, collection: Collection, selection: Selection) -> None:
        self._fields = fields_by_path(collection)
        self._only = {path: self._forms_of_any(path, value) for path, value in selection.only.items()}
        self._paths: list[tuple[tuple[str, ...], tuple[Field | None, ...], dict[Key, int]]] = []
        self._chunks: list[tuple[tuple[str, ...], list[Values]]] = []
        for alternative in selection.alternatives:
            self._add(alternative)

    def __iter__(self) -> Iterator[Question]:
        for number, (paths, values) in enumerate(self._chunks):
            yield Question(number, self._filter(paths, values), collation((*paths, *self._only), self._fields))

    def numbers(self, row: Row) -> set[int]:
        """Return which questions the row is an answer to; decided here, not by the server's comparison."""
        return {
            index[key] for paths, items, index in self._paths for key in row_keys(row, paths, items) if key in index
        }

    def _add(self, alternative: Alternative) -> None:
        """Divide the alternative's values into chunks, and keep the chunk of each by its comparable form."""
        paths = alternative.paths
        items = tuple(self._fields.get(path) for path in paths)
        index: dict[Key, int] = {}
        keyed = ((key, values) for values in alternative.values if (key := key_of(values, items)) is not None)
        unique: dict[Hashable, Values] = dict(keyed)
        for chunk in _chunks(list(unique.values()), VALUES if len(paths) == 1 else GROUPS):
            for values in chunk:
                key = key_of(values, items)
                if key is not None:
                    index[key] = len(self._chunks)
            self._chunks.append((paths, chunk))
        self._paths.append((paths, items, index))

    def _filter(self, paths: tuple[str, ...], chunk: list[Values]) -> dict[str, Any]:
        groups = [
            tuple(self._forms(path, value) for path, value in zip(paths, values, strict=True)) for values in chunk
        ]
        return make_filter(paths, groups, self._only)

    def _forms(self, path: str, value: Value) -> list[Any]:
        return forms(value, self._fields.get(path))

    def _forms_of_any(self, path: str, value: Value) -> list[Any]:
        return [form for part in wanted(value) for form in self._forms(path, part)]


def make_filter(
    paths: tuple[str, ...], groups: Sequence[tuple[Sequence[Any], ...]], only: Mapping[str, Sequence[Any]]
) -> dict[str, Any]:
    """Return the filter for rows that equal one of the groups; each of a group is the forms of the value at a path."""
    if len(paths) == 1:
        asked = _in(paths[0], [form for (found,) in groups for form in found])
    else:
        asked = {"$or": [{"$and": [_in(*part) for part in zip(paths, group, strict=True)]} for group in groups]}
    return {"$and": [asked, *(_in(path, found) for path, found in only.items())]}


def projection(collection: Collection) -> dict[str, int]:
    """Return the fields to be sent.

    Whole top-level ones: the server's way into nested ones would drop a null or a text that stands there.
    """
    return dict.fromkeys((item.name for item in collection.readable), 1) | {"_id": 1}


def collation(paths: Iterable[str], fields: Mapping[str, Field]) -> Collation | None:
    """Return how the server compares what it is asked at these paths."""
    found = (fields.get(path) for path in paths)
    return ANY_CASE if any(item is not None and item.identity == "email" for item in found) else None


def _in(path: str, found: Sequence[Any]) -> dict[str, Any]:
    return {path: {"$in": list(found)}}


def _chunks(values: list[Values], size: int) -> Iterator[list[Values]]:
    """Yield chunks of at most `size` values, smaller where the values are long."""
    for chunk in batched(values, size):
        longest = max(len(part) for value in chunk for part in map(_measured, value))
        yield from batched(chunk, max(1, min(size, _CHARACTERS // max(1, longest))))


def _measured(value: Value) -> str | bytes:
    return value if isinstance(value, str | bytes) else ""
