"""Two descriptions held against each other, place by place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain

from dsar.mapping.changes import meaning
from dsar.mapping.changes.change import Change, ChangeKind, Subject
from dsar.mapping.changes.description import DescribedCollection, Description, Facts
from dsar.mapping.changes.meaning import Meaning
from dsar.mapping.changes.moves import moves


def compare(before: Description, after: Description) -> tuple[Change, ...]:
    """Return every difference: categories that the whole map gains or loses first, then place by place."""
    return tuple(
        chain(
            _categories(before, after),
            _all(Subject.DATASET, before.datasets, after.datasets),
            _collections(before, after),
            _all(Subject.SYSTEM, before.systems, after.systems, meaning.PURPOSE),
            _all(Subject.PURPOSE, _named(before.purposes), _named(after.purposes), meaning.PURPOSE),
        )
    )


def _named(purposes: Mapping[tuple[str, str], Facts]) -> dict[str, Facts]:
    return {f"{system}: {name}": facts for (system, name), facts in purposes.items()}


def _categories(before: Description, after: Description) -> Iterator[Change]:
    was, now = _collected(before), _collected(after)
    for category in sorted(was - now):
        yield Change(ChangeKind.REMOVED, Subject.CATEGORY, category, meaning="No longer collected anywhere.")
    for category in sorted(now - was):
        yield Change(ChangeKind.ADDED, Subject.CATEGORY, category, meaning="Collected for the first time.")


def _collected(described: Description) -> set[str]:
    """Return the categories that a person can get: of collections that are reached, and no secret."""
    found: set[str] = set()
    for item in described.collections.values():
        if item.facts.get("reached_by"):
            found.update(item.facts.get("data_categories", ()))
            fields = (facts for facts in item.fields.values() if not facts.get("secret"))
            found.update(category for facts in fields for category in facts.get("data_categories", ()))
    return found


def _collections(before: Description, after: Description) -> Iterator[Change]:
    moved = moves(
        [key for key in before.collections if key not in after.collections],
        [key for key in after.collections if key not in before.collections],
        lambda key: _likeness(before.collections[key]),
        lambda key: _likeness(after.collections[key]),
    )
    for key, item in before.collections.items():
        if key not in after.collections and key not in moved.values():
            told = meaning.removed_collection(item.facts)
            yield Change(ChangeKind.REMOVED, Subject.COLLECTION, ":".join(key), meaning=told)
    for key, item in after.collections.items():
        yield from _collection(key, item, before.collections.get(moved.get(key, key)), moved.get(key))


def _likeness(item: DescribedCollection) -> object:
    """Return what a collection keeps on a move: its fields. One field alone is no sign."""
    return frozenset(item.fields) if len(item.fields) > 1 else None


def _collection(
    key: tuple[str, str], item: DescribedCollection, was: DescribedCollection | None, old: tuple[str, str] | None
) -> Iterator[Change]:
    name = ":".join(key)
    if was is None:
        yield Change(ChangeKind.ADDED, Subject.COLLECTION, name, meaning=meaning.added_collection(item.facts))
        return
    if old is not None:
        yield Change(ChangeKind.MOVED, Subject.COLLECTION, name, before=":".join(old), after=name)
    yield from _facts(Subject.COLLECTION, name, was.facts, item.facts, meaning.COLLECTION)
    yield from _fields(name, was.fields, item.fields)


def _fields(collection: str, before: Mapping[str, Facts], after: Mapping[str, Facts]) -> Iterator[Change]:
    removed, added = [path for path in before if path not in after], [path for path in after if path not in before]
    moved = moves(removed, added, _last_of(before), _last_of(after))
    for path in removed:
        if path not in moved.values():
            told = meaning.removed_field(before[path])
            yield Change(ChangeKind.REMOVED, Subject.FIELD, f"{collection}.{path}", meaning=told)
    for path, facts in after.items():
        name, old = f"{collection}.{path}", moved.get(path)
        if old is not None:
            yield Change(ChangeKind.MOVED, Subject.FIELD, name, before=f"{collection}.{old}", after=name)
        if old is None and path not in before:
            yield Change(ChangeKind.ADDED, Subject.FIELD, name, meaning=meaning.added_field(facts))
        else:
            yield from _facts(Subject.FIELD, name, before[old or path], facts, meaning.FIELD)


def _last_of(fields: Mapping[str, Facts]) -> Callable[[str], object]:
    """Return what a field keeps when it moves into an object or out of one: its own name and its type."""
    return lambda path: (path.rpartition(".")[2], fields[path].get("data_type"))


def _facts(
    subject: Subject, name: str, before: Facts, after: Facts, meanings: Mapping[str, Meaning]
) -> Iterator[Change]:
    for fact in dict.fromkeys([*before, *after]):
        was, now = before.get(fact), after.get(fact)
        if was != now:
            told = meanings[fact](was, now) if fact in meanings else ""
            yield Change(ChangeKind.CHANGED, subject, name, fact, was, now, told)


def _all(
    subject: Subject,
    before: Mapping[str, Facts],
    after: Mapping[str, Facts],
    meanings: Mapping[str, Meaning] | None = None,
) -> Iterator[Change]:
    for name in sorted(before.keys() - after.keys()):
        yield Change(ChangeKind.REMOVED, subject, name)
    for name, facts in after.items():
        if name in before:
            yield from _facts(subject, name, before[name], facts, meanings or {})
        else:
            yield Change(ChangeKind.ADDED, subject, name)
