"""Which fields of a collection may speak of other people, by what the data map says of them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from dsar.datamap.model import Collection, Field


class Look(Enum):
    """What a text is looked through for: names too, addresses and keys alone, or it is somebody's name as a whole."""

    PROSE = auto()
    CONTACTS = auto()
    NAME = auto()


#: Field path -> how it is looked at; one that is missing is not.
Looks = Mapping[str, Look]
#: Categories of what people write, and of whom they know.
_PROSE = ("user.content", "user.social", "user.contact")
_NAME = "user.name"
#: Categories of what programs make: keys and numbers that say nothing of anybody else.
_QUIET = ("system", "user.unique_id", "user.device", "user.location", "user.authorization")
_NUMBERS = frozenset({"integer", "float", "boolean", "object_id"})
_TOLD = frozenset({"email", "phone", "phone_number"})


def looks(collection: Collection) -> Looks:
    """Return how each field, at any depth, is looked at."""
    found = {item.path: _look(collection, item) for item in collection.walk() if not item.secret}
    return {path: look for path, look in found.items() if look is not None}


def _look(collection: Collection, item: Field) -> Look | None:
    categories = item.data_categories or collection.data_categories
    if item.third_party and not item.references:
        return Look.PROSE
    if item.primary_key or item.references or (item.data_type or "").removesuffix("[]") in _NUMBERS:
        return None
    if item.identity is not None:
        return Look.CONTACTS if item.identity in _TOLD else None
    if any(_is_under(key, _NAME) for key in categories):
        return Look.NAME
    if any(_is_under(key, *_PROSE) for key in categories):
        return Look.PROSE
    if categories and all(_is_under(key, *_QUIET) for key in categories):
        return None
    return Look.CONTACTS


def _is_under(category: str, *above: str) -> bool:
    return any(category == key or category.startswith(f"{key}.") for key in above)
