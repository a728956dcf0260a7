"""Checks that need the whole map: names that must be unique, and references that must lead somewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dsar.datamap.check_groups import check_groups
from dsar.datamap.erasure import Erasure, ErasureAction
from dsar.datamap.model import Collection, Dataset, Field, FieldAddress, Location, Recipient, Reference, System
from dsar.datamap.problems import Problems, did_you_mean
from dsar.datamap.states import State

#: Types of values that may stand in a text, "": nobody says.
_SPOKEN = frozenset({"", "string", "integer", "object_id"})


@dataclass(frozen=True, slots=True)
class _Names:
    """Everything that can be referred to."""

    collections: dict[str, dict[str, Collection]]
    fields: dict[tuple[str, str], dict[str, Field]]


def check_unique(named: Iterable[Dataset | System], what: str, problems: Problems) -> None:
    """Note every key that two datasets, or two systems, share: in one file or in two."""
    first: dict[str, Location] = {}
    for item in named:
        if item.key in first:
            problems.add(item.location, f"duplicate {what} '{item.key}' (first at {first[item.key]})")
        first.setdefault(item.key, item.location)


def check_references(datasets: tuple[Dataset, ...], systems: tuple[System, ...], problems: Problems) -> None:
    """Note every reference, `after` and identity source that names what does not exist."""
    collections = {dataset.key: {item.name: item for item in dataset.collections} for dataset in datasets}
    fields = {item.key: {field.path: field for field in item.walk()} for each in datasets for item in each.collections}
    names = _Names(collections, fields)
    kinds = frozenset(field.identity for found in fields.values() for field in found.values() if field.identity)
    for dataset in datasets:
        _check_datasets(dataset.after, "'after'", dataset.location, names, problems)
        for collection in dataset.collections:
            _check_collection(collection, names, kinds, problems)
            check_groups(collection, problems)
    for system in systems:
        for key in sorted({key for item in system.declarations for key in item.datasets}):
            _check_dataset(key, f"system '{system.key}'", system.location, names, problems, graph=False)
        for recipient in system.notify:
            _check_identifier(recipient, system, names, problems)


def _check_identifier(recipient: Recipient, system: System, names: _Names, problems: Problems) -> None:
    """Note an identifier that is no field of what the system works with, or a secret."""
    address, location = recipient.identifier, recipient.location
    if address is None or not _check_dataset(address.dataset, "'identifier'", location, names, problems, graph=False):
        return
    if address.dataset not in system.datasets:
        message = f"'identifier' is of the dataset '{address.dataset}', which the system '{system.key}' does not name"
        problems.add(location, message, graph=False)
    if not _check_name(address.dataset, address.collection, "'identifier'", location, names, problems):
        return
    fields = names.fields[address.dataset, address.collection]
    if address.path not in fields:
        hint = did_you_mean(address.path, fields)
        problems.add(location, f"'identifier' names the field '{address}', which does not exist{hint}", graph=False)
    elif fields[address.path].secret:
        problems.add(location, f"'identifier' names the field '{address}', which is secret", graph=False)


def _check_datasets(keys: tuple[str, ...], what: str, location: Location, names: _Names, problems: Problems) -> None:
    for key in keys:
        _check_dataset(key, what, location, names, problems, graph=False)


def _check_dataset(key: str, what: str, location: Location, names: _Names, problems: Problems, *, graph: bool) -> bool:
    if key not in names.collections:
        hint = did_you_mean(key, names.collections)
        problems.add(location, f"{what} names the dataset '{key}', which does not exist{hint}", graph=graph)
    return key in names.collections


def _check_collection(collection: Collection, names: _Names, kinds: frozenset[str], problems: Problems) -> None:
    for what, listed in (("'after'", collection.after), ("'erase_after'", collection.erase_after)):
        for text in listed:
            _check_after(text, what, collection, names, problems)
    if collection.erasure is not None:
        _check_detaching(collection, collection.erasure, names, problems)
    for mask in collection.erasure.masks.values() if collection.erasure else ():
        for address in mask.values:
            _check_redacted(FieldAddress(*address), collection.location, names, problems)
    for field in collection.walk():
        if field.identity_source is not None and field.identity_source not in kinds:
            hint = did_you_mean(field.identity_source, kinds)
            message = f"no field holds the identity '{field.identity_source}' that is named as identity_source{hint}"
            problems.add(field.location, message)
        for reference in field.references:
            _check_reference(reference, collection, field, names, problems)


def _check_detaching(collection: Collection, erasure: Erasure, names: _Names, problems: Problems) -> None:
    """Note a field that would let go of a row that no erasure deletes: it stays, and so may what names it."""
    for field in (item for item in collection.fields if item.name in erasure.detach):
        for target in (reference.target for reference in field.references):
            found = names.collections.get(target.dataset, {}).get(target.collection)
            if found is not None and (found.erasure is None or found.erasure.action is not ErasureAction.DELETE):
                where = f"{target.dataset}:{target.collection}"
                problems.add(
                    field.location, f"'detach' names '{field.path}', and no row of {where} is deleted", graph=False
                )


def _check_redacted(address: FieldAddress, location: Location, names: _Names, problems: Problems) -> None:
    """Note a field of `values` that does not exist, is secret, or holds no text or number."""
    what, key = "'values' of 'redact'", (address.dataset, address.collection)
    if not _check_dataset(address.dataset, what, location, names, problems, graph=False):
        return
    if address.collection not in names.collections[address.dataset]:
        hint = did_you_mean(address.collection, names.collections[address.dataset])
        message = f"{what} names the collection '{address.collection}', which '{address.dataset}' does not have{hint}"
        problems.add(location, message, graph=False)
        return
    found = names.fields[key].get(address.path)
    if found is None:
        hint = did_you_mean(address.path, names.fields[key])
        problems.add(location, f"{what} names the field '{address}', which does not exist{hint}", graph=False)
    elif _is_secret(address.path, names.fields[key]):
        problems.add(location, f"{what} names the field '{address}', which is secret", graph=False)
    elif found.fields or (found.data_type or "").removesuffix("[]") not in _SPOKEN:
        problems.add(location, f"{what} names the field '{address}', which holds no text", graph=False)


def _check_after(text: str, what: str, collection: Collection, names: _Names, problems: Problems) -> None:
    dataset, _, name = text.rpartition(".")
    if not dataset:
        problems.add(collection.location, f"{what} is written dataset.collection, not '{text}'", graph=False)
    elif _check_dataset(dataset, what, collection.location, names, problems, graph=False):
        _check_name(dataset, name, what, collection.location, names, problems)


def _check_name(dataset: str, name: str, what: str, location: Location, names: _Names, problems: Problems) -> bool:
    known = names.collections[dataset]
    if name not in known:
        hint = did_you_mean(name, known)
        problems.add(location, f"{what} names the collection '{name}', which '{dataset}' does not have{hint}")
    return name in known


def _check_reference(
    reference: Reference, collection: Collection, field: Field, names: _Names, problems: Problems
) -> None:
    target, location = reference.target, reference.location
    if not _check_dataset(target.dataset, "this reference", location, names, problems, graph=True):
        return
    if not _check_name(target.dataset, target.collection, "this reference", location, names, problems):
        return
    key = (target.dataset, target.collection)
    found = names.fields[key].get(target.path)
    if found is None:
        hint = did_you_mean(target.path, names.fields[key])
        place = f"{target.dataset}:{target.collection}"
        problems.add(location, f"this reference names the field '{target.path}', which {place} does not have{hint}")
    elif (*key, target.path) == (*collection.key, field.path):
        problems.add(location, f"'{target.path}' refers to itself")
    elif _is_secret(target.path, names.fields[key]):
        problems.add(location, f"'{target}' is secret and is never read: it can be no target of a reference")
    elif (erasure := names.collections[key[0]][key[1]].erasure) and any(
        path in erasure.masks for path in _with_outer(target.path)
    ):
        problems.add(location, f"'{target}' is masked by an erasure: it can be no target of a reference", graph=False)
    elif found.correct:
        problems.add(location, f"'{target}' may be corrected: it can be no target of a reference", graph=False)
    elif any(choice.field == target.path for choice in names.collections[key[0]][key[1]].choices.values()):
        problems.add(location, f"'{target}' holds a choice: it can be no target of a reference", graph=False)
    elif any(state and target.path in state.fields for state in _states(names.collections[key[0]][key[1]])):
        problems.add(location, f"'{target}' holds a state: it can be no target of a reference", graph=False)


def _states(collection: Collection) -> tuple[State | None, ...]:
    return collection.suspend, collection.restrict


def _is_secret(path: str, fields: dict[str, Field]) -> bool:
    """Tell whether a field, or an object around it, is secret."""
    return any(fields[part].secret for part in _with_outer(path))


def _with_outer(path: str) -> Iterator[str]:
    """Yield the path and those of the objects around it."""
    parts = path.split(".")
    return (".".join(parts[:end]) for end in range(1, len(parts) + 1))
