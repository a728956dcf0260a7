"""Which files or keys can hold matching rows, told by the values in their names."""

from __future__ import annotations

from collections.abc import Collection as Names
from collections.abc import Mapping, Sequence

from dsar.datamap.model import Collection
from dsar.stores.base import Alternative, Selection
from dsar.stores.casting import cast
from dsar.stores.matching import Matcher
from dsar.values import Row, Value


class Pruner:
    """Compares the parts of a selection that a name can answer; the rest is left to the rows."""

    def __init__(self, collection: Collection, selection: Selection, names: Names[str]) -> None:
        self._types = {item.name: item.data_type for item in collection.fields}
        alternatives = [_part(item, names) for item in selection.alternatives]
        self._all = any(item is None for item in alternatives)
        only = {path: value for path, value in selection.only.items() if path in names}
        known = tuple(item for item in alternatives if item is not None)
        self._matcher = Matcher(collection, Selection(() if self._all else known, only))
        self._only = Matcher(collection, Selection((Alternative((), frozenset({()})),), only))

    def row(self, values: Mapping[str, Value]) -> Row:
        """Return the fields that rows get from the name, as their declared types."""
        return {name: self._cast(name, text) for name, text in values.items()}

    def keeps(self, row: Row) -> bool:
        """Return whether what has a name with these fields may hold matching rows."""
        return self._only.matches(row) if self._all else self._matcher.matches(row)

    def _cast(self, name: str, text: Value) -> Value:
        value = cast(text, self._types.get(name))
        return text if value is None else value


def answered_by(by: Sequence[tuple[str, ...]], only: Names[str], names: Sequence[str]) -> tuple[str, ...]:
    """Return the fields of a name by which a `Pruner` tells what can hold rows asked at these paths, none if none."""
    asked = [_in_name(paths, names) for paths in by]
    used = {paths[at] for paths, kept in zip(by, asked, strict=True) for at in kept} if all(asked) else set()
    return tuple(name for name in names if name in used or name in only)


def _in_name(paths: Sequence[str], names: Names[str]) -> list[int]:
    return [at for at, path in enumerate(paths) if path in names]


def _part(alternative: Alternative, names: Names[str]) -> Alternative | None:
    """Return the alternative cut down to the fields in the name; None if it asks for none of them."""
    kept = _in_name(alternative.paths, names)
    if not kept:
        return None
    values = frozenset(tuple(value[at] for at in kept) for value in alternative.values)
    return Alternative(tuple(alternative.paths[at] for at in kept), values)
