"""Data maps drawn in a few words, for tests of the graph and the plan.

`sketch("person: id* email=email", "order: id* person>person.id")` declares two collections: `*` marks a
primary key, `=kind` an identity, `<=kind` an identity source; `>` a reference carrying values to its
target, `<` from it, `~` one without a direction. A collection is named dataset/collection, or belongs to `app`.
"""

from __future__ import annotations

import re
from dataclasses import replace

from dsar.datamap.model import (
    Collection,
    DataMap,
    Dataset,
    Direction,
    Field,
    FieldAddress,
    Location,
    Reference,
)

NOWHERE = Location("sketch.yml", 1)
_DIRECTIONS = {">": Direction.TO, "<": Direction.FROM, "~": None}
_WORD = re.compile(r"(?P<name>\w+)(?P<key>\*?)(?:<=(?P<source>\w+)|=(?P<identity>\w+)|(?P<way>[<>~])(?P<target>\S+))?")


def sketch(*lines: str, after: dict[str, tuple[str, ...]] | None = None, skip: tuple[str, ...] = ()) -> DataMap:
    """Return the data map; `after` orders datasets, `skip` names collections with skip_processing."""
    collections = [_collection(line, skip) for line in lines]
    datasets = dict.fromkeys(item.dataset for item in collections)
    return DataMap(
        datasets=tuple(
            Dataset(
                key=key,
                location=NOWHERE,
                collections=tuple(item for item in collections if item.dataset == key),
                after=(after or {}).get(key, ()),
            )
            for key in datasets
        ),
        systems=(),
        fingerprint="0" * 64,
    )


def key_of(text: str) -> tuple[str, str]:
    """Return (dataset, collection) of `dataset/collection` or `collection`."""
    dataset, _, name = text.rpartition("/")
    return (dataset or "app", name)


def _collection(line: str, skip: tuple[str, ...]) -> Collection:
    name, _, words = line.partition(":")
    dataset, collection = key_of(name)
    fields: dict[str, Field] = {}
    for number, word in enumerate(words.split(), start=1):
        field = _field(word, number)
        fields[field.name] = _merged(fields.get(field.name), field)
    return Collection(
        dataset=dataset,
        name=collection,
        location=NOWHERE,
        fields=tuple(fields.values()),
        skip_processing=name in skip,
    )


def _merged(first: Field | None, second: Field) -> Field:
    """A field that is named twice has both references."""
    if first is None:
        return second
    return replace(first, references=(*first.references, *second.references))


def _field(word: str, number: int) -> Field:
    found = _WORD.fullmatch(word)
    assert found, word
    references: tuple[Reference, ...] = ()
    if found["target"]:
        collection, _, path = found["target"].rpartition(".")
        target = FieldAddress(*key_of(collection), path)
        references = (Reference(target, _DIRECTIONS[found["way"]], Location("sketch.yml", number)),)
    return Field(
        name=found["name"],
        path=found["name"],
        location=NOWHERE,
        identity=found["identity"],
        identity_source=found["source"],
        primary_key=bool(found["key"]),
        references=references,
    )
