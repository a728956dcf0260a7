"""What a store says of itself, turned into sketches with guessed categories and identities."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dsar.mapping.drafting.sketch import Column, Sketch
from dsar.mapping.guessing import Guess, family, guess
from dsar.mapping.unlabelled import sampled
from dsar.stores.base import FoundCollection, Store, StoreError

#: Category -> kind of identity, for values by which people are known in more than one store.
_IDENTITIES = {"user.contact.email": "email", "user.contact.phone_number": "phone_number"}
_TEXT = re.compile(r"char|text|str|clob")
_PLAIN = {"integer": "integer", "float": "float", "boolean": "boolean", "object": "object"}


def sketch(dataset: str, store: Store, found: Iterable[FoundCollection]) -> list[Sketch]:
    """Return a sketch of each collection that can be declared. Raises StoreError if the store does not answer."""
    names: set[str] = set()
    plain_first = sorted(found, key=lambda item: "." in item.name)  # a table keeps its name, `schema.table` yields
    return [_sketch(dataset, store, item, names) for item in plain_first if not _is_unspeakable(item)]


def unspeakable(found: Iterable[FoundCollection]) -> list[str]:
    """Return a note for each collection that no map can declare."""
    return [f"{item.name!r} is left out: a map cannot say its name" for item in found if _is_unspeakable(item)]


def _is_unspeakable(found: FoundCollection) -> bool:
    """A dot in the name of a table would be taken for the end of its schema's name."""
    return not found.name or ("." in found.name and not found.source)


def _sketch(dataset: str, store: Store, found: FoundCollection, names: set[str]) -> Sketch:
    columns = {path: Column(path, kind, data_type=_data_type(kind)) for path, kind in _speakable(found).items()}
    result = Sketch(dataset, _name(found.name, names), found, store, columns)
    for path in found.fields.keys() - columns.keys():
        result.notes.append(f"{path!r} is left out: a field's name holds no dot, and is not empty")
    _sample(result)
    _guess_all(result)
    _mark_keys(result)
    return result


def _speakable(found: FoundCollection) -> dict[str, str]:
    """Return the fields that a map can declare: a dot that leads into no object is part of a name."""
    fields: dict[str, str] = {}
    for path, kind in found.fields.items():
        above, _dot, name = path.rpartition(".")
        if name and (not above or above in fields):
            fields[path] = kind
    return fields


def _name(found: str, taken: set[str]) -> str:
    """Return a name without a dot that no other collection of the dataset has."""
    name = plain = found.replace(".", "_")
    at = 1
    while name in taken:
        at += 1
        name = f"{plain}_{at}"
    taken.add(name)
    return name


def _sample(item: Sketch) -> None:
    try:
        item.rows = sampled(item.store, item.found, [path for path in item.columns if "." not in path])
    except StoreError as error:
        if error.retry:
            raise
        item.skipped = True
        item.notes.append(f"it cannot be read: {error}")


def _guess_all(item: Sketch) -> None:
    alone = {path: _guess(item, column, of_person=False) for path, column in item.columns.items()}
    of_person = any(seems and _is_personal(seems) for seems in alone.values())
    for path, column in item.columns.items():
        seems = _guess(item, column, of_person=True) if of_person else alone[path]
        if seems is not None:
            _apply(column, seems)


def _guess(item: Sketch, column: Column, *, of_person: bool) -> Guess | None:
    values = [row.get(column.name) for row in item.rows] if "." not in column.path else []
    return guess(column.name, column.type_name, values, of_person=of_person)


def _is_personal(seems: Guess) -> bool:
    return seems.category.startswith("user.") and seems.category != "user.unique_id"


def _apply(column: Column, seems: Guess) -> None:
    if seems.secret and column.name.endswith("_id") and family(column.type_name) in ("integer", "uuid"):
        return  # it names a secret's row and is none itself
    column.category, column.secret = seems.category, seems.secret
    column.identity = _IDENTITIES.get(seems.category, "")
    what = seems.category
    if seems.secret:
        what += ", secret"
    if column.identity:
        what += f", identity {column.identity}"
    column.evidence = f"{what}: {seems.evidence}"


def _mark_keys(item: Sketch) -> None:
    """Mark the primary key, unless a part of it is secret: a part alone would take many rows for one."""
    keys = [item.columns[path] for path in item.found.primary_key if path in item.columns]
    if len(keys) < len(item.found.primary_key) or any(column.secret for column in keys):
        item.notes.append("a part of its primary key is secret or left out: none is declared")
        return
    for column in keys:
        column.primary_key = True
        column.category = column.category or "system.operations"


def _data_type(type_name: str) -> str:
    """Return the map's word for a store's type, or "" where it has none (moments, decimals, UUIDs, bytes)."""
    if type_name.lower() == "objectid":
        return "object_id"
    kind = family(type_name)
    if kind == "array" and "[]" in type_name:
        inner = _data_type(type_name.replace("[]", ""))
        return f"{inner}[]" if inner else ""
    if kind == "text" and _TEXT.search(type_name.lower()):
        return "string"
    return _PLAIN.get(kind, "")
