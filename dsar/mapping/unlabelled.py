"""Columns that look personal, or secret, and of which the map says nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dsar.datamap.model import Collection, Field
from dsar.mapping.findings import Finding, Severity
from dsar.mapping.guessing import Guess, family, guess, is_secret_name
from dsar.stores.base import FoundCollection, Sampling, Store
from dsar.values import Row

#: Rows that are looked at, of a table that has columns without a category.
SAMPLE = 100
_READ = frozenset({"text", "integer", "uuid", ""})


def unlabelled(collection: Collection, found: FoundCollection, store: Store) -> Iterator[Finding]:
    """Yield a warning for each field without a category that looks personal. Raises StoreError."""
    fields = [item for item in collection.walk() if not _is_labelled(collection, item)]
    rows = sampled(store, found, [item.name for item in fields if item.path == item.name])
    of_person = any(item.identity for item in collection.walk())
    for item in fields:
        seems = guess(
            item.name, found.fields.get(item.path, ""), [row.get(item.name) for row in rows], of_person=of_person
        )
        if seems is not None and seems.category != "system.operations":
            yield _warning(collection, item, seems)


def sampled(store: Store, found: FoundCollection, names: Sequence[str]) -> Sequence[Row]:
    """Return rows with those of the columns that may be looked at; none where the store shows none."""
    wanted = [
        name
        for name in names
        if name in found.fields and family(found.fields[name]) in _READ and not is_secret_name(name)
    ]
    return store.sample(found, wanted, SAMPLE) if wanted and isinstance(store, Sampling) else ()


def _is_labelled(collection: Collection, item: Field) -> bool:
    around = [field for field in collection.walk() if item.path == field.path or item.path.startswith(f"{field.path}.")]
    said = any(field.data_categories or field.secret for field in around)
    return bool(collection.data_categories) or said or bool(item.fields) or bool(item.references)


def _warning(collection: Collection, item: Field, seems: Guess) -> Finding:
    wanted = f"data_categories: [{seems.category}]"
    if seems.secret:
        wanted += " and meta: {secret: true}, or every bundle shows it"
    message = f"it looks like {seems.category} ({seems.evidence}) and has no category: declare {wanted}"
    rule = "unlabelled-secret" if seems.secret else "unlabelled-field"
    return Finding(Severity.WARNING, rule, message, item.location, collection.dataset, collection.name, item.path)
