"""When a field holds what a state writes into it."""

from __future__ import annotations

from collections.abc import Hashable

from dsar.datamap.model import Collection
from dsar.stores.casting import canonical
from dsar.values import Value


def form_at(collection: Collection, name: str, value: Value) -> Hashable:
    """Return the form in which a value of the field is compared; what is none of its type is only itself."""
    if value is None:
        return None
    found = canonical(value, collection.at(name))
    return ("odd", type(value).__name__, repr(value)) if found is None else found


def stands(collection: Collection, name: str, value: Value, written: Value) -> bool:
    """Return whether the field still holds what was written.

    A column may have filled it up with blanks, or spelt it as its own list of values does: taken for somebody else's
    value, it would be noted as what stood there before.
    """
    now, then = form_at(collection, name, value), form_at(collection, name, written)
    if isinstance(now, str) and isinstance(then, str):
        return now.rstrip().casefold() == then.rstrip().casefold()
    return now == then
