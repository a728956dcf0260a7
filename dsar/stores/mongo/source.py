"""A collection's `meta.source` in a MongoDB database."""

from __future__ import annotations

from dsar.datamap.model import Collection
from dsar.stores.sources import check_keys, refuse, text


def read_source(collection: Collection) -> str:
    """Return the name of the collection in the database. Raises StoreConfigError with file and line."""
    check_keys(collection, allowed=("collection",))
    for item in collection.walk():
        if item.name.startswith("$") or "\0" in item.name:
            # In a filter it would be an operator, and "$where" runs code.
            raise refuse(collection, f"the field {item.path!r} cannot be read: MongoDB takes such names as operators")
    if collection.erasure and any(path.partition(".")[0] == "_id" for path in collection.erasure.masks):
        raise refuse(collection, "erasure: '_id' of a document never changes, and cannot be masked")
    name = text(collection, "collection", collection.name)
    if not name or "$" in name or "\0" in name or name.startswith("system."):
        raise refuse(collection, "source: 'collection' must be the name of a collection, without $ or system.")
    return name
