"""A dataset of the map beside what its store says that it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dsar.datamap.model import Collection, Dataset, Field
from dsar.datamap.problems import did_you_mean
from dsar.mapping.findings import Finding, Severity
from dsar.mapping.guessing import guess
from dsar.stores.base import Certainty, FoundCollection
from dsar.stores.noticing import Noticed


def compare(dataset: Dataset, found: tuple[FoundCollection, ...], certainty: Certainty) -> Iterator[Finding]:
    """Yield what one of the two has and the other has not."""
    yield from _undeclared(dataset, found)
    by_name = {name: item for item in found for name in item.declared}
    for collection in dataset.collections:
        if collection.name in by_name:
            yield from _absent_fields(collection, by_name[collection.name], certainty)
            yield from _other_key(collection, by_name[collection.name], certainty)
        else:
            yield _absent(collection, certainty, [item.name for item in found if not item.declared])


def _undeclared(dataset: Dataset, found: tuple[FoundCollection, ...]) -> Iterator[Finding]:
    noticed, types = Noticed(dataset), {}
    for item in found:
        if not item.declared:
            noticed.collection(item.name)
        declared = {path for name in item.declared for path in _covered(dataset.collection(name), item.fields)}
        for name in item.declared[:1]:  # two collections of one table share what neither of them declares
            for path in _outermost([path for path in item.fields if path not in declared]):
                types[name, path] = item.fields[path]
                noticed.field(dataset.collection(name), path)
    for left in noticed.sorted():
        if not left.name:
            yield _stranger(dataset, left.collection)
        else:
            yield _undeclared_field(dataset.collection(left.collection), left.name, types)


def _stranger(dataset: Dataset, name: str) -> Finding:
    return Finding(
        Severity.ERROR,
        "undeclared-collection",
        "it is in the store but not in the map: declare it, or name it in the dataset's meta.ignore",
        dataset.location,
        dataset.key,
        name,
    )


def _undeclared_field(collection: Collection, path: str, types: dict[tuple[str, str], str]) -> Finding:
    hint = guess(path.rpartition(".")[2], types.get((collection.name, path), ""), of_person=True)
    seems = f" (it may be {hint.category}: {hint.evidence})" if hint else ""
    message = f"it is in the store but not in the map{seems}: declare it, or name it in meta.ignore"
    return _finding(Severity.ERROR, "undeclared-field", message, collection, path)


def _covered(collection: Collection, paths: Iterable[str]) -> Iterator[str]:
    """Yield those of the store's paths that the map declares; an object without `fields` is declared whole."""
    declared = {item.path: item for item in collection.walk()}
    for path in paths:
        if path in declared or any(above in declared and not declared[above].fields for above in _above(path)):
            yield path


def _above(path: str) -> Iterator[str]:
    parts = path.split(".")
    return (".".join(parts[:end]) for end in range(len(parts) - 1, 0, -1))


def _outermost(paths: list[str]) -> list[str]:
    """Return the paths that are not inside another one of them: an undeclared object is named once."""
    known = set(paths)
    return [path for path in paths if not any(above in known for above in _above(path))]


def _absent_fields(collection: Collection, found: FoundCollection, certainty: Certainty) -> Iterator[Finding]:
    severity = Severity.ERROR if certainty.fields else Severity.WARNING
    for item in collection.walk():
        if item.path not in found.fields and _would_be_met(item, found) and not _is_made(item):
            near = did_you_mean(item.path, found.fields)
            said = "the store has no such field" if certainty.fields else "no row that was looked at has this field"
            yield _finding(severity, "absent-field", f"{said}{near}", collection, item.path, item)


def _would_be_met(item: Field, found: FoundCollection) -> bool:
    """Tell whether a field that is there would have been told: what is inside a column of JSON is not."""
    above = item.path.rpartition(".")[0]
    return not above or any(path.startswith(f"{above}.") for path in found.fields)


def _is_made(item: Field) -> bool:
    return item.path == "ttl_seconds"  # made by the store of Redis, from the key


def _other_key(collection: Collection, found: FoundCollection, certainty: Certainty) -> Iterator[Finding]:
    if not certainty.fields or not found.primary_key or not collection.primary_key:
        return
    if set(collection.primary_key) != set(found.primary_key):
        names = ", ".join(found.primary_key)
        yield _finding(Severity.WARNING, "other-primary-key", f"the store's primary key is {names}", collection)


def _absent(collection: Collection, certainty: Certainty, others: list[str]) -> Finding:
    if certainty.collections:
        message = f"the store has no such collection{did_you_mean(collection.name, others)}"
        return _finding(Severity.ERROR, "absent-collection", message, collection)
    return _finding(Severity.WARNING, "empty-collection", "nothing of it is in the store now", collection)


def _finding(
    severity: Severity, rule: str, message: str, collection: Collection, path: str = "", item: Field | None = None
) -> Finding:
    place = item.location if item else collection.location
    return Finding(severity, rule, message, place, collection.dataset, collection.name, path)
