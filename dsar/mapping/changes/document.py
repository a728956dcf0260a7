"""A description as a JSON document, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dsar.mapping.changes.description import DescribedCollection, Description, Facts

FORMAT = "accepted data map, 1"


class NotAcceptedError(Exception):
    """A document is no accepted map; the message says what is wrong with it."""


def to_document(described: Description) -> dict[str, Any]:
    """Return what JSON holds of a description; `from_document` reads it back."""
    return {
        "format": FORMAT,
        "fingerprint": described.fingerprint,
        "datasets": {key: _dataset(key, described) for key in described.datasets},
        "systems": {key: _system(key, described) for key in described.systems},
    }


def _dataset(key: str, described: Description) -> dict[str, Any]:
    collections = {
        name: {"facts": item.facts, "fields": item.fields}
        for (dataset, name), item in described.collections.items()
        if dataset == key
    }
    return {"facts": described.datasets[key], "collections": collections}


def _system(key: str, described: Description) -> dict[str, Any]:
    purposes = {name: facts for (system, name), facts in described.purposes.items() if system == key}
    return {"facts": described.systems[key], "purposes": purposes}


def from_document(document: object) -> Description:
    """Return the description that a document holds. Raises NotAcceptedError."""
    top = _mapping(document, "the document")
    if top.get("format") != FORMAT:
        raise NotAcceptedError(f"'format' is {top.get('format')!r}, not {FORMAT!r}")
    datasets, systems = _children(top, "datasets"), _children(top, "systems")
    return Description(
        fingerprint=str(top.get("fingerprint", "")),
        datasets={key: _mapping(item.get("facts"), key) for key, item in datasets.items()},
        collections={
            (key, name): DescribedCollection(_mapping(each.get("facts"), name), _children(each, "fields"))
            for key, item in datasets.items()
            for name, each in _children(item, "collections").items()
        },
        systems={key: _mapping(item.get("facts"), key) for key, item in systems.items()},
        purposes={
            (key, name): facts for key, item in systems.items() for name, facts in _children(item, "purposes").items()
        },
    )


def _children(item: Facts, name: str) -> Mapping[str, Facts]:
    return {key: _mapping(value, f"{name}: {key}") for key, value in _mapping(item.get(name), name).items()}


def _mapping(value: object, what: str) -> Facts:
    if not isinstance(value, dict):
        raise NotAcceptedError(f"{what} is no mapping")
    return value
