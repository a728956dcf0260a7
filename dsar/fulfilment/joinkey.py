"""One join key: what is asked of a collection, and when two of them are one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from dsar.datamap.model import Field
from dsar.fulfilment.reach import Reach
from dsar.fulfilment.shelf import Line
from dsar.fulfilment.spelling import KEY_TYPES
from dsar.stores.casting import canonical, cast
from dsar.values import Value

#: A collection by (dataset, collection).
CollectionKey = tuple[str, str]
#: Where a key is asked: one path, or the paths of a group, whose values are one tuple.
Paths = tuple[str, ...]
#: The form in which two tuples of values are equal: "42" and 42 are one key, True and 1 are two.
Form = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A key with the best reach it was found at; `values` are as long as the paths it is asked at.

    `line` is how it rests on disk, if it came from there: so it need not be spelt again.
    """

    values: tuple[Value, ...]
    reach: Reach
    line: Line | None = field(default=None, compare=False, repr=False)


class Reached(Protocol):
    """What is known of a key where nobody asks for it again."""

    @property
    def reach(self) -> Reach: ...


#: What is asked of one collection.
Keys = Mapping[Paths, Mapping[Form, Asked]]
#: What was asked of one collection, as far as a few rows may have it.
Known = Mapping[Paths, Mapping[Form, Reached]]


def key_value(value: Value, target: Field) -> Value | None:
    """Return a value found elsewhere as the field that it is asked of declares it; None if it can equal nothing.

    Falsy values are values. A whole object, an array or a value that cannot be of the type joins nothing.
    """
    found = cast(value, target.data_type) if type(value) in KEY_TYPES else None
    return found if type(found) in KEY_TYPES else None


def form_of(values: tuple[Value, ...]) -> Form:
    return tuple([canonical(value, None) for value in values])
