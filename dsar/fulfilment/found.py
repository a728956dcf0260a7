"""What is asked of one collection, as a walk reads it: in memory as it is, from disk a part at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from dsar.fulfilment.joinkey import Asked, Form, Keys, Known, Paths, Reached
from dsar.fulfilment.reach import Reach
from dsar.stores.batching import batched

FormsAt = Callable[[Paths], Iterable[Form]]
NOTHING: Known = {}


class Found(Protocol):
    """The keys of one collection, by paths. Not to be read while the set that they are of is added to."""

    @property
    def paths(self) -> frozenset[Paths]:
        """The paths at which there are keys."""

    def among(self, forms: FormsAt) -> Known:
        """Return at least those of the keys whose forms are among `forms` of their paths."""

    def unasked(self, wanted: Keys) -> Keys:
        """Return what of `wanted` is not here as well found. In memory all of it: that was looked up before."""

    def portions(self, most: int, reach: Reach | None = None) -> Iterator[Keys]:
        """Yield all keys, or those found at one reach, at most so many at a time; nothing if there are none."""


@dataclass(frozen=True, slots=True)
class Held:
    """Keys in memory."""

    keys: Keys = field(default_factory=dict)

    @property
    def paths(self) -> frozenset[Paths]:
        return frozenset(self.keys)

    def among(self, forms: FormsAt) -> Known:
        return self.keys

    def unasked(self, wanted: Keys) -> Keys:
        return wanted

    def portions(self, most: int, reach: Reach | None = None) -> Iterator[Keys]:
        keys = self.keys if reach is None else _of_reach(self.keys, reach)
        if sum(map(len, keys.values())) > most:
            yield from portions(((paths, *item) for paths, found in keys.items() for item in found.items()), most)
        elif keys:
            yield keys


def groups_of(sets: Iterable[Found]) -> frozenset[Paths]:
    """Return the paths at which any of the sets has keys."""
    return frozenset().union(*(found.paths for found in sets))


def near(
    sets: Iterable[Found], forms: Sequence[Mapping[Paths, Iterable[Form]]], *, but: Known = NOTHING
) -> tuple[Known, ...]:
    """Return the keys of each set that may lead to rows of these forms; those of `but` may be missing."""

    def wanted(paths: Paths) -> set[Form]:
        left_out = but.get(paths, {})
        return {form for at in forms for form in at[paths] if form not in left_out}

    return tuple(keys for found in sets if (keys := found.among(wanted)))


def best(forms: Mapping[Paths, Iterable[Form]], *sets: Known) -> Reach | None:
    """Return the best reach by which any of the keys leads to a row of these forms; None if none does."""
    found = (
        known[form].reach for keys in sets for paths, known in keys.items() for form in forms[paths] if form in known
    )
    return min(found, default=None)


def beyond(keys: Keys, known: Known) -> dict[Paths, dict[Form, Asked]]:
    """Return the keys that are not known, or only by a weaker reach."""
    left = {paths: _beyond(found, known.get(paths, {})) for paths, found in keys.items()}
    return {paths: found for paths, found in left.items() if found}


def _beyond(keys: Mapping[Form, Asked], known: Mapping[Form, Reached]) -> dict[Form, Asked]:
    return {form: item for form, item in keys.items() if not (form in known and known[form].reach <= item.reach)}


def portions(keys: Iterable[tuple[Paths, Form, Asked]], most: int) -> Iterator[Keys]:
    """Yield the keys, at most so many at a time."""
    for batch in batched(keys, most):
        portion: dict[Paths, dict[Form, Asked]] = {}
        for paths, form, item in batch:
            portion.setdefault(paths, {})[form] = item
        yield portion


def _of_reach(keys: Keys, reach: Reach) -> Keys:
    wanted = {paths: {form: at for form, at in found.items() if at.reach is reach} for paths, found in keys.items()}
    return {paths: found for paths, found in wanted.items() if found}
